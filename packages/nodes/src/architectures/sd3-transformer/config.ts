import { ConfigError, configFields } from '../../weights/config-fields.ts'

/** What shapes an SD3Transformer2DModel (Esser et al. 2024, section 4), field by field as diffusers reads it. */
export interface SD3TransformerConfig {
  readonly inChannels: number
  readonly outChannels: number
  /** Latents on one side that make a token. */
  readonly patchSize: number
  readonly layers: number
  readonly heads: number
  /** Width of one head. */
  readonly headWidth: number
  /** Values of each token of the text: 4096, those of T5. */
  readonly textWidth: number
  /** Values of the pooled text: 2048, those of both CLIPs. */
  readonly pooledWidth: number
  /** Side of the table of places, of which the middle is taken. */
  readonly placesSide: number
  /** Blocks with a second attention over the picture alone (SD 3.5 medium). */
  readonly dualLayers: readonly number[]
  /** Whether the heads of queries and keys are normalised (SD 3.5). */
  readonly qkNorm: boolean
}

/**
 * Reads diffusers' `transformer/config.json`.
 * @throws ConfigError where a field is missing, of another kind, or asks for what this architecture does not have
 */
export function parseSD3TransformerConfig(json: unknown, title = 'transformer/config.json'): SD3TransformerConfig {
  const fields = configFields(title, json)
  const norm = fields.text('qk_norm', '')
  if (norm !== '' && norm !== 'rms_norm')
    throw new ConfigError(`${title}: "qk_norm" is "${norm}"; supported is "rms_norm"`)
  const inChannels = fields.number('in_channels', 16)
  const dual = Array.isArray(dualOf(json)) && (dualOf(json) as readonly unknown[]).length > 0
  return {
    inChannels,
    outChannels: fields.number('out_channels', inChannels),
    patchSize: fields.number('patch_size', 2),
    layers: fields.number('num_layers', 18),
    heads: fields.number('num_attention_heads', 18),
    headWidth: fields.number('attention_head_dim', 64),
    textWidth: fields.number('joint_attention_dim', 4096),
    pooledWidth: fields.number('pooled_projection_dim', 2048),
    placesSide: fields.number('pos_embed_max_size', 96),
    dualLayers: dual ? fields.list('dual_attention_layers') : [],
    qkNorm: norm === 'rms_norm',
  }
}

/** A list that may be empty, which `list` of fields is not. */
const dualOf = (json: unknown): unknown =>
  typeof json === 'object' && json && 'dual_attention_layers' in json ? json.dual_attention_layers : undefined

/** The `transformer/config.json` that `parseSD3TransformerConfig` reads, as diffusers writes it. */
export const sd3TransformerJson = (config: SD3TransformerConfig) => ({
  _class_name: 'SD3Transformer2DModel',
  in_channels: config.inChannels,
  out_channels: config.outChannels,
  patch_size: config.patchSize,
  num_layers: config.layers,
  num_attention_heads: config.heads,
  attention_head_dim: config.headWidth,
  joint_attention_dim: config.textWidth,
  caption_projection_dim: config.heads * config.headWidth,
  pooled_projection_dim: config.pooledWidth,
  pos_embed_max_size: config.placesSide,
  dual_attention_layers: config.dualLayers,
  ...(config.qkNorm && { qk_norm: 'rms_norm' }),
})
