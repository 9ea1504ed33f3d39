import { activate, attention, embedding, layerNorm, linear, ops, type Scope, type Value } from '@patchbay/onnx'
import type { ClipTextConfig } from './config.ts'

export interface ClipTextOutputs {
  /** Outputs of each layer before the final norm, the last one last: [batch, tokens, hidden]. */
  readonly hiddenStates: readonly Value[]
  /** The last of them after the final norm: [batch, tokens, hidden]. */
  readonly lastHiddenState: Value
}

/** Where embeddings of tokens come from: the table of the encoder, or values given (textual inversion). */
export type ClipTextInput = { readonly tokens: Value } | { readonly embeddings: Value }

/** The text tower of CLIP (Radford et al. 2021, section 2.4), as transformers' CLIPTextModel names it. */
export function clipText(scope: Scope, config: ClipTextConfig, input: ClipTextInput): ClipTextOutputs {
  const model = scope.at('text_model')
  const { hiddenSize, maxTokens } = config
  const tokens = 'tokens' in input ? embedTokens(scope, config, input.tokens) : input.embeddings
  const positions = model.at('embeddings', 'position_embedding').parameter('weight', [maxTokens, hiddenSize])
  const length = Number(tokens.shape[1])
  let x = ops.add(tokens, ops.slice(positions, 0, 0, length))
  const hiddenStates: Value[] = []
  for (let layer = 0; layer < config.layers; layer++) {
    x = clipLayer(model.at('encoder', 'layers', layer), config, x, { causal: true })
    hiddenStates.push(x)
  }
  return { hiddenStates, lastHiddenState: finalNorm(scope, config, x) }
}

/** The table of token embeddings: int ids [batch, tokens] to [batch, tokens, hidden]. */
export function embedTokens(scope: Scope, { vocabularySize, hiddenSize }: ClipTextConfig, tokens: Value): Value {
  return embedding(scope.at('text_model', 'embeddings', 'token_embedding'), tokens, {
    count: vocabularySize,
    width: hiddenSize,
  })
}

/** The norm that follows the last layer; Stable Diffusion 2 has it follow the one it stops at. */
export function finalNorm(scope: Scope, { normEps }: ClipTextConfig, x: Value): Value {
  return layerNorm(scope.at('text_model', 'final_layer_norm'), x, { epsilon: normEps })
}

/** The projected state of one token of each text: `ends` is [batch, 2], the text and the place of its end token. */
export function pooledText(
  scope: Scope,
  { projectionSize }: ClipTextConfig,
  lastHiddenState: Value,
  ends: Value,
): Value {
  const pooled = ops.gatherND(lastHiddenState, ends)
  return projectionSize === undefined
    ? pooled
    : linear(scope.at('text_projection'), pooled, { out: projectionSize, bias: false })
}

export interface ClipLayerConfig {
  readonly heads: number
  readonly intermediateSize: number
  readonly activation: 'quick_gelu' | 'gelu'
  readonly normEps: number
}

/** One layer of either tower: attention, then a feed-forward layer, each after a norm and added. */
export function clipLayer(
  scope: Scope,
  config: ClipLayerConfig,
  x: Value,
  { causal }: { readonly causal: boolean },
): Value {
  const { heads, normEps: epsilon } = config
  const out = Number(x.shape[2])
  const at = scope.at('self_attn')
  const normal = layerNorm(scope.at('layer_norm1'), x, { epsilon })
  const [q, k, v] = ['q_proj', 'k_proj', 'v_proj'].map((name) => linear(at.at(name), normal, { out }))
  if (!q || !k || !v) throw new Error('three projections were made')
  const mixed = at.build(() => attention(q, k, v, { heads, causal, form: scope.attention }))
  const attended = ops.add(x, linear(at.at('out_proj'), mixed, { out }))
  const inner = linear(scope.at('mlp', 'fc1'), layerNorm(scope.at('layer_norm2'), attended, { epsilon }), {
    out: config.intermediateSize,
  })
  const active = activate(config.activation === 'gelu' ? 'gelu' : 'quick-gelu', inner)
  return ops.add(attended, linear(scope.at('mlp', 'fc2'), active, { out }))
}
