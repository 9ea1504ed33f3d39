import { ConfigError, configFields } from '../../weights/config-fields.ts'

/** What shapes the encoder of a T5 (Raffel et al. 2020) or UMT5 (Chung et al. 2023), as transformers reads it. */
export interface T5EncoderConfig {
  readonly vocabularySize: number
  readonly width: number
  /** Width of one head; all heads together may be wider than the model. */
  readonly headWidth: number
  readonly heads: number
  readonly innerWidth: number
  readonly layers: number
  readonly buckets: number
  readonly maxDistance: number
  readonly normEps: number
  /** `gated-gelu` of T5 1.1 and UMT5, `relu` of the first T5. */
  readonly feedForward: 'gated-gelu' | 'relu'
  /** UMT5 has a bias of distances in each layer, T5 one for all. */
  readonly biasPerLayer: boolean
}

/**
 * Reads transformers' `text_encoder/config.json` (T5EncoderModel or UMT5EncoderModel).
 * @throws ConfigError where a field is missing, of another kind, or asks for what this architecture does not have
 */
export function parseT5EncoderConfig(json: unknown, title = 'text_encoder/config.json'): T5EncoderConfig {
  const fields = configFields(title, json)
  const feedForward = fields.text('feed_forward_proj', 'relu')
  if (feedForward !== 'gated-gelu' && feedForward !== 'relu') {
    throw new ConfigError(`${title}: "feed_forward_proj" is "${feedForward}"; supported are gated-gelu and relu`)
  }
  return {
    vocabularySize: fields.number('vocab_size', 32128),
    width: fields.number('d_model', 512),
    headWidth: fields.number('d_kv', 64),
    heads: fields.number('num_heads', 8),
    innerWidth: fields.number('d_ff', 2048),
    layers: fields.number('num_layers', 6),
    buckets: fields.number('relative_attention_num_buckets', 32),
    maxDistance: fields.number('relative_attention_max_distance', 128),
    normEps: fields.number('layer_norm_epsilon', 1e-6),
    feedForward,
    biasPerLayer: fields.text('model_type', 't5') === 'umt5',
  }
}

/** The `text_encoder/config.json` that `parseT5EncoderConfig` reads, as transformers writes it. */
export const t5EncoderJson = (config: T5EncoderConfig) => ({
  architectures: [config.biasPerLayer ? 'UMT5EncoderModel' : 'T5EncoderModel'],
  model_type: config.biasPerLayer ? 'umt5' : 't5',
  vocab_size: config.vocabularySize,
  d_model: config.width,
  d_kv: config.headWidth,
  num_heads: config.heads,
  d_ff: config.innerWidth,
  num_layers: config.layers,
  relative_attention_num_buckets: config.buckets,
  relative_attention_max_distance: config.maxDistance,
  layer_norm_epsilon: config.normEps,
  feed_forward_proj: config.feedForward,
})
