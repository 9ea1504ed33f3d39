import {
  featureMap,
  float32,
  Graph,
  mapValues,
  meanAbsoluteError,
  ops,
  Scope,
  toChannelsFirst,
  toTokens,
  type FeatureMap,
  type Value,
} from '@patchbay/onnx'
import { latentScaleOf } from '../../architectures/autoencoder-kl/config.ts'
import type { VqModelConfig } from '../../architectures/vq-model/config.ts'
import { decodeVectors, encodeToVectors } from '../../architectures/vq-model/vq-model.ts'

/**
 * The loss of an image tokenizer as a graph, by finite scalar quantisation (Mentzer et al. 2023): each of the
 * encoder's values is clamped to -1 to 1 and rounded to one of its levels, straight through. The nearest entry of
 * the product of these levels is the same rounding, so what is trained is saved as a VQModel with that product as
 * its codebook. Input: `image` [batch, 3, side, side] in -1 to 1.
 * @throws RangeError where the side is no multiple of what one code stands for
 */
export function imageTokenizerLoss(
  config: VqModelConfig,
  levels: readonly number[],
  { batch, side }: { readonly batch: number; readonly side: number },
): Value {
  const scale = latentScaleOf(config.autoencoder)
  if (side % scale !== 0) {
    throw new RangeError(
      `This tokenizer shrinks pictures ${scale}-fold, so their side must be a multiple of ${scale}; got ${side}.`,
    )
  }
  const graph = new Graph()
  const scope = new Scope(graph, { attention: 'plain' })
  const image = graph.input('image', 'float32', [batch, config.autoencoder.inChannels, side, side])
  const vectors = encodeToVectors(scope, config, toTokens(featureMap(image)))
  const decoded = toChannelsFirst(decodeVectors(scope, config, rounded(vectors, levels)))
  const difference = ops.sub(decoded, image)
  const each = ops.reduceMean(ops.mul(difference, difference), { axes: [1, 2, 3], keepDims: false })
  // Plain pictures count beside busy ones: the logarithm of a picture's error, as a little of the whole.
  const logarithms = ops.reduceMean(ops.log(ops.add(each, 1e-5)), { keepDims: false })
  const beyond = ops.relu(ops.sub(ops.abs(vectors.value), 1))
  const outside = ops.reduceMean(ops.mul(beyond, beyond), { keepDims: false })
  return [ops.mul(logarithms, 0.004), ops.mul(meanAbsoluteError(decoded, image), 0.1), ops.mul(outside, 0.1)].reduce(
    (sum, part) => ops.add(sum, part),
    ops.reduceMean(each, { keepDims: false }),
  )
}

/** The nearest level of each value; its gradient goes through as if nothing was rounded. */
function rounded(vectors: FeatureMap, levels: readonly number[]): FeatureMap {
  return mapValues(vectors, (z) => {
    const { graph } = z
    const steps = graph.constant(
      float32(
        [levels.length],
        levels.map((count) => (count - 1) / 2),
      ),
    )
    const level = ops.round(ops.mul(ops.add(ops.clip(z, -1, 1), 1), steps))
    return graph.defineGradient(ops.sub(ops.div(level, steps), 1), [z], (g) => [g])
  })
}

/**
 * The product of the levels, [codes, levels.length]: code `i0 + n0·i1 + n0·n1·i2 + …` has level `i` of each value.
 */
export function productCodebook(levels: readonly number[]): Float32Array {
  const codes = levels.reduce((product, count) => product * count, 1)
  const rows = new Float32Array(codes * levels.length)
  for (let code = 0; code < codes; code++) {
    let rest = code
    for (const [value, count] of levels.entries()) {
      rows[code * levels.length + value] = (2 * (rest % count)) / (count - 1) - 1
      rest = Math.floor(rest / count)
    }
  }
  return rows
}
