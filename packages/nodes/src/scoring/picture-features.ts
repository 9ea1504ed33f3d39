import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import type { Features } from '../metrics/index.ts'
import type { PictureVectors } from '../networks/image-encoder.ts'

/** What one network saw of many pictures. */
export interface PictureFeatures {
  /** The network; part of the name of every score that comes of it. */
  readonly model: string
  /** `probabilities` are of classes and sum to 1. */
  readonly kind: 'features' | 'probabilities'
  /** [pictures, width] */
  readonly tensor: Tensor
}

export const featuresFrom = (model: string, { count, width, values }: PictureVectors): PictureFeatures => ({
  model,
  kind: 'features',
  tensor: float32([count, width], values),
})

export const probabilitiesFrom = (model: string, vectors: PictureVectors): PictureFeatures => ({
  ...featuresFrom(model, vectors),
  kind: 'probabilities',
})

/** The vectors as the metrics take them. */
export const rowsOf = ({ tensor }: PictureFeatures): Features => ({
  count: numberAt(tensor.shape, 0),
  width: numberAt(tensor.shape, 1),
  values: tensor.data,
})

/**
 * The vectors of two sets that are to be compared by a metric.
 * @throws RangeError where they come from two networks, since their distance would mean nothing
 */
export function comparable(metric: string, a: PictureFeatures, b: PictureFeatures): readonly [Features, Features] {
  for (const { kind } of [a, b]) {
    if (kind === 'features') continue
    throw new RangeError(`${metric} compares features, but was given class probabilities: link ImageFeatures instead`)
  }
  if (a.model !== b.model) {
    throw new RangeError(
      `${metric} compares features of one model, but these come from ${a.model} and ${b.model}: use one feature model for both`,
    )
  }
  return [rowsOf(a), rowsOf(b)]
}

/** Several sets as one, in their order. */
export function joinedFeatures(sets: readonly PictureFeatures[]): PictureFeatures {
  const [first] = sets
  if (!first) throw new RangeError('There are no features to join')
  const width = numberAt(first.tensor.shape, 1)
  const other = sets.find(
    ({ model, kind, tensor }) => model !== first.model || kind !== first.kind || tensor.shape[1] !== width,
  )
  if (other)
    throw new RangeError(`Features of ${first.model} and of ${other.model} are no one set: use one feature model`)
  const data = new Float32Array(sets.reduce((sum, { tensor }) => sum + tensor.data.length, 0))
  let at = 0
  for (const { tensor } of sets) {
    data.set(tensor.data, at)
    at += tensor.data.length
  }
  return { ...first, tensor: float32([data.length / width, width], data) }
}
