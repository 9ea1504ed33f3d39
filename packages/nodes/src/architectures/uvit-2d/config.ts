import { configFields } from '../../weights/config-fields.ts'

/** What shapes diffusers' UVit2DModel, the transformer of aMUSEd (Patil et al. 2024), field by field. */
export interface Uvit2dConfig {
  readonly width: number
  readonly bias: boolean
  readonly pooledWidth: number
  /** Values that each of the micro-conditions becomes. */
  readonly conditionWidth: number
  /** Micro-conditions: width, height, two of the crop, score. */
  readonly conditions: number
  readonly textWidth: number
  /** Codes, the mask among them. */
  readonly vocabulary: number
  /** Codes that may be predicted: those of the image tokenizer. */
  readonly codes: number
  readonly embeddingWidth: number
  readonly blockChannels: number
  readonly blockLayers: number
  readonly blockHeads: number
  /** Whether the transformer works at half the rows and columns (the 512 px edition). */
  readonly halved: boolean
  readonly layers: number
  readonly heads: number
  readonly innerWidth: number
  readonly epsilon: number
  /** Places of the picture along each side, as trained. */
  readonly side: number
}

/**
 * Reads diffusers' `transformer/config.json` of a UVit2DModel.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseUvit2dConfig(json: unknown, title = 'transformer/config.json'): Uvit2dConfig {
  const fields = configFields(title, json)
  const conditionWidth = fields.number('micro_cond_encode_dim', 256)
  return {
    width: fields.number('hidden_size', 1024),
    bias: fields.toggle('use_bias', false),
    pooledWidth: fields.number('cond_embed_dim', 768),
    conditionWidth,
    conditions: fields.number('micro_cond_embed_dim', 1280) / conditionWidth,
    textWidth: fields.number('encoder_hidden_size', 768),
    vocabulary: fields.number('vocab_size', 8256),
    codes: fields.number('codebook_size', 8192),
    embeddingWidth: fields.number('in_channels', 768),
    blockChannels: fields.number('block_out_channels', 768),
    blockLayers: fields.number('num_res_blocks', 3),
    blockHeads: fields.number('block_num_heads', 12),
    halved: fields.toggle('downsample', false),
    layers: fields.number('num_hidden_layers', 22),
    heads: fields.number('num_attention_heads', 16),
    innerWidth: fields.number('intermediate_size', 2816),
    epsilon: fields.number('layer_norm_eps', 1e-6),
    side: fields.number('sample_size', 64),
  }
}

/** The `transformer/config.json` that `parseUvit2dConfig` reads, as diffusers writes it. */
export const uvit2dJson = (config: Uvit2dConfig) => ({
  _class_name: 'UVit2DModel',
  hidden_size: config.width,
  use_bias: config.bias,
  hidden_dropout: 0,
  cond_embed_dim: config.pooledWidth,
  micro_cond_encode_dim: config.conditionWidth,
  micro_cond_embed_dim: config.conditions * config.conditionWidth,
  encoder_hidden_size: config.textWidth,
  vocab_size: config.vocabulary,
  codebook_size: config.codes,
  in_channels: config.embeddingWidth,
  block_out_channels: config.blockChannels,
  num_res_blocks: config.blockLayers,
  downsample: config.halved,
  upsample: config.halved,
  block_num_heads: config.blockHeads,
  num_hidden_layers: config.layers,
  num_attention_heads: config.heads,
  attention_dropout: 0,
  intermediate_size: config.innerWidth,
  layer_norm_eps: config.epsilon,
  ln_elementwise_affine: true,
  sample_size: config.side,
})
