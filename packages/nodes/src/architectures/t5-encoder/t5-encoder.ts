import {
  embedding,
  gatedMlp,
  jointAttention,
  linear,
  ops,
  projections,
  relativeBias,
  rmsNorm,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import type { T5EncoderConfig } from './config.ts'

const names = ['q', 'k', 'v'] as const

/**
 * The encoder of T5 (Raffel et al. 2020) with the gated layers of its version 1.1, or of UMT5 (Chung et al. 2023), as
 * transformers names it: ids [texts, tokens], of a length that is known, to states [texts, tokens, width]. Scores are
 * not scaled: its weights were drawn for that. `bias` [texts, 1, 1, tokens] is added to the scores, where tokens are
 * not to be seen.
 */
export function t5Encoder(scope: Scope, config: T5EncoderConfig, ids: Value, bias?: Value): Value {
  const { width, heads, headWidth, normEps: epsilon, vocabularySize: count } = config
  let x = embedding(scope.at('shared'), ids, { count, width })
  const distances = (layer: number): Value =>
    relativeBias(scope.at('encoder', 'block', layer, 'layer', 0, 'SelfAttention', 'relative_attention_bias'), {
      length: Number(ids.shape[1]),
      heads,
      buckets: config.buckets,
      maxDistance: config.maxDistance,
    })
  const shared = config.biasPerLayer ? undefined : distances(0)
  for (let layer = 0; layer < config.layers; layer++) {
    const [attend, feed] = [0, 1].map((part) => scope.at('encoder', 'block', layer, 'layer', part))
    if (!attend || !feed) throw new Error('A block has two layers')
    const at = attend.at('SelfAttention')
    const normal = rmsNorm(attend.at('layer_norm'), x, { epsilon })
    const own = projections(at, normal, { width: heads * headWidth, bias: false, names })
    const places = shared ?? distances(layer)
    const seen = bias ? ops.add(places, bias) : places
    const [mixed = normal] = jointAttention(at, [own], { heads, scale: 1, bias: seen })
    x = ops.add(x, linear(at.at('o'), mixed, { out: width, bias: false }))
    x = ops.add(x, feedForward(feed.at('DenseReluDense'), config, rmsNorm(feed.at('layer_norm'), x, { epsilon })))
  }
  return rmsNorm(scope.at('encoder', 'final_layer_norm'), x, { epsilon })
}

function feedForward(scope: Scope, { feedForward: kind, innerWidth: inner, width }: T5EncoderConfig, x: Value): Value {
  if (kind === 'gated-gelu') {
    return gatedMlp(scope, x, { inner, activation: 'gelu-tanh', names: ['wi_0', 'wi_1', 'wo'] })
  }
  return linear(scope.at('wo'), ops.relu(linear(scope.at('wi'), x, { out: inner, bias: false })), {
    out: width,
    bias: false,
  })
}
