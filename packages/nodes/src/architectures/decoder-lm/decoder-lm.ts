import {
  embedding,
  gatedMlp,
  jointAttention,
  linear,
  normalized,
  ops,
  projections,
  rmsNorm,
  rotaryTable,
  type RotaryTable,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import type { DecoderLmConfig } from './config.ts'

const names = ['q_proj', 'k_proj', 'v_proj'] as const
const norms = ['q_norm', 'k_norm'] as const

export interface DecoderLmOptions {
  /**
   * The hidden states to give, as transformers counts them: 0 are the embeddings, `i` is what layer `i − 1`
   * gives, and the last of all is normalised. Layers behind the largest are not built.
   */
  readonly states: readonly number[]
  /** Added to the scores, [texts, 1, tokens, tokens], in place of what makes each word see those before it alone. */
  readonly bias?: Value
}

/**
 * Hidden states of a decoder-only language model of the Llama kind (Touvron et al. 2023; Qwen 3: Yang et al. 2025),
 * as transformers names its weights: ids [texts, tokens] to [texts, tokens, width] each.
 */
export function decoderLm(
  scope: Scope,
  config: DecoderLmConfig,
  ids: Value,
  { states, bias }: DecoderLmOptions,
): readonly Value[] {
  const { graph } = scope
  const at = scope.at('model')
  const places = ops.cast(ops.range(graph, ids.shape[1] ?? 0), 'float32')
  const rotary = rotaryTable([{ places, width: config.headWidth }], config.theta, 'halves')
  let x = embedding(at.at('embed_tokens'), ids, { count: config.vocabularySize, width: config.width })
  const all = [x]
  const last = Math.max(...states)
  if (last > config.layers)
    throw new RangeError(`The text encoder has ${config.layers} layers: there is no state ${last}`)
  for (let layer = 0; layer < last; layer++) {
    x = decoderLayer(at.at('layers', layer), config, x, rotary, bias)
    all.push(layer === config.layers - 1 ? rmsNorm(at.at('norm'), x, { epsilon: config.normEps }) : x)
  }
  return states.map((state) => all[state] ?? x)
}

function decoderLayer(
  scope: Scope,
  config: DecoderLmConfig,
  x: Value,
  rotary: RotaryTable,
  bias: Value | undefined,
): Value {
  const { width, heads, keyHeads, headWidth: head, normEps: epsilon } = config
  const at = scope.at('self_attn')
  const made = projections(at, rmsNorm(scope.at('input_layernorm'), x, { epsilon }), {
    width: heads * head,
    keyWidth: keyHeads * head,
    bias: config.qkvBias,
    names,
  })
  const own = normalized(at, made, config.qkNorm && { head, names: norms, epsilon })
  const [mixed = x] = jointAttention(at, [own], { heads, keyHeads, rotary, causal: bias === undefined, bias })
  const attended = ops.add(x, linear(at.at('o_proj'), mixed, { out: width, bias: false }))
  const hidden = gatedMlp(scope.at('mlp'), rmsNorm(scope.at('post_attention_layernorm'), attended, { epsilon }), {
    inner: config.innerWidth,
    names: ['gate_proj', 'up_proj', 'down_proj'],
  })
  return ops.add(attended, hidden)
}
