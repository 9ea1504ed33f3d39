import { ConfigError, configFields } from '../../weights/config-fields.ts'

/** What shapes a CLIP text encoder (Radford et al. 2021), field by field as transformers reads it. */
export interface ClipTextConfig {
  readonly vocabularySize: number
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layers: number
  readonly heads: number
  /** Tokens of a full sequence, start and end included. */
  readonly maxTokens: number
  /** `quick_gelu` for OpenAI's weights, `gelu` for OpenCLIP's. */
  readonly activation: 'quick_gelu' | 'gelu'
  readonly normEps: number
  /** Width of the pooled projection; absent where the file has none. */
  readonly projectionSize?: number
  /** Token that ends a text: the pooled output is read where it first stands. */
  readonly endToken: number
}

/**
 * Reads transformers' `text_encoder/config.json` (CLIPTextModel or CLIPTextModelWithProjection).
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseClipTextConfig(json: unknown, title = 'text_encoder/config.json'): ClipTextConfig {
  const fields = configFields(title, json)
  const activation = fields.text('hidden_act', 'quick_gelu')
  if (activation !== 'quick_gelu' && activation !== 'gelu') {
    throw new ConfigError(`${title}: "hidden_act" is "${activation}"; supported are quick_gelu and gelu`)
  }
  const architecture = fields.has('architectures') ? fields.texts('architectures') : []
  return {
    vocabularySize: fields.number('vocab_size', 49408),
    hiddenSize: fields.number('hidden_size', 512),
    intermediateSize: fields.number('intermediate_size', 2048),
    layers: fields.number('num_hidden_layers', 12),
    heads: fields.number('num_attention_heads', 8),
    maxTokens: fields.number('max_position_embeddings', 77),
    activation,
    normEps: fields.number('layer_norm_eps', 1e-5),
    ...(architecture.includes('CLIPTextModelWithProjection') && {
      projectionSize: fields.number('projection_dim', 512),
    }),
    // Published configs say 2 for historical reasons; the tokenizer's end token is meant (transformers does the same).
    endToken: fields.number('eos_token_id', 49407) === 2 ? 49407 : fields.number('eos_token_id', 49407),
  }
}

/** The `text_encoder/config.json` that `parseClipTextConfig` reads, as transformers writes it. */
export const clipTextJson = (config: ClipTextConfig) => ({
  architectures: [config.projectionSize === undefined ? 'CLIPTextModel' : 'CLIPTextModelWithProjection'],
  model_type: 'clip_text_model',
  vocab_size: config.vocabularySize,
  hidden_size: config.hiddenSize,
  intermediate_size: config.intermediateSize,
  num_hidden_layers: config.layers,
  num_attention_heads: config.heads,
  max_position_embeddings: config.maxTokens,
  hidden_act: config.activation,
  layer_norm_eps: config.normEps,
  eos_token_id: config.endToken,
  ...(config.projectionSize !== undefined && { projection_dim: config.projectionSize }),
})
