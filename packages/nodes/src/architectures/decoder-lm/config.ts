import { ConfigError, configFields } from '../../weights/config-fields.ts'

/** What shapes a language model of the Llama kind (Qwen 2.5, Qwen 3), as transformers reads it. */
export interface DecoderLmConfig {
  readonly vocabularySize: number
  readonly width: number
  readonly innerWidth: number
  readonly layers: number
  readonly heads: number
  /** Heads of keys and values, each of which serves several of queries (Ainslie et al. 2023). */
  readonly keyHeads: number
  readonly headWidth: number
  readonly normEps: number
  readonly theta: number
  /** Whether heads of queries and keys are normalised (Qwen 3). */
  readonly qkNorm: boolean
  /** Whether queries, keys and values have biases (Qwen 2.5). */
  readonly qkvBias: boolean
}

/** Kinds that are read, as `model_type` names them. */
const kinds = ['qwen3', 'qwen2', 'qwen2_5_vl_text', 'qwen3_vl_text', 'llama', 'mistral']

/**
 * Reads transformers' `text_encoder/config.json` of a decoder-only language model.
 * @throws ConfigError where a field is missing, of another kind, or asks for what this architecture does not have
 */
export function parseDecoderLmConfig(json: unknown, title = 'text_encoder/config.json'): DecoderLmConfig {
  const fields = configFields(title, json)
  const kind = fields.text('model_type', 'qwen3')
  if (!kinds.includes(kind))
    throw new ConfigError(`${title}: "model_type" is "${kind}"; supported are ${kinds.join(', ')}`)
  const activation = fields.text('hidden_act', 'silu')
  if (activation !== 'silu') throw new ConfigError(`${title}: "hidden_act" is "${activation}"; supported is silu`)
  const heads = fields.number('num_attention_heads')
  const width = fields.number('hidden_size')
  return {
    vocabularySize: fields.number('vocab_size'),
    width,
    innerWidth: fields.number('intermediate_size'),
    layers: fields.number('num_hidden_layers'),
    heads,
    keyHeads: fields.number('num_key_value_heads', heads),
    headWidth: fields.number('head_dim', width / heads),
    normEps: fields.number('rms_norm_eps', 1e-6),
    theta: thetaIn(json) ?? 1_000_000,
    qkNorm: kind.startsWith('qwen3'),
    qkvBias: kind.startsWith('qwen2'),
  }
}

/** transformers 5 keeps it among the parameters of the rotary embedding. */
function thetaIn(json: unknown): number | undefined {
  if (typeof json !== 'object' || json === null) return undefined
  const own = 'rope_theta' in json ? json.rope_theta : undefined
  if (typeof own === 'number') return own
  return 'rope_parameters' in json ? thetaIn(json.rope_parameters) : undefined
}

/** The `text_encoder/config.json` that `parseDecoderLmConfig` reads, as transformers writes it. */
export const decoderLmJson = (config: DecoderLmConfig) => ({
  architectures: [config.qkNorm ? 'Qwen3ForCausalLM' : config.qkvBias ? 'Qwen2ForCausalLM' : 'LlamaForCausalLM'],
  model_type: config.qkNorm ? 'qwen3' : config.qkvBias ? 'qwen2' : 'llama',
  vocab_size: config.vocabularySize,
  hidden_size: config.width,
  intermediate_size: config.innerWidth,
  num_hidden_layers: config.layers,
  num_attention_heads: config.heads,
  num_key_value_heads: config.keyHeads,
  head_dim: config.headWidth,
  rms_norm_eps: config.normEps,
  rope_theta: config.theta,
  hidden_act: 'silu',
})
