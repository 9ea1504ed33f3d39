import { dimOf, staticDimOf } from '../graph/operator.ts'
import * as ops from '../graph/ops/index.ts'
import { multiplyDims, type Dim } from '../graph/shape.ts'
import type { Value } from '../graph/graph.ts'

/**
 * An image-like activation in one of two layouts. `channels-first` is `[batch, channels, height, width]`, which
 * convolution is fastest in. `tokens` is `[batch·height·width, channels]`, in which a convolution is a gather of rows
 * and one matrix product: the fastest form to differentiate.
 */
export interface FeatureMap {
  readonly layout: 'channels-first' | 'tokens'
  readonly value: Value
  readonly batch: Dim
  readonly channels: number
  readonly height: Dim
  readonly width: Dim
}

/** `[batch, channels, height, width]` as a feature map. */
export function featureMap(value: Value): FeatureMap {
  const [batch, height, width] = [dimOf(value, 0), dimOf(value, 2), dimOf(value, 3)]
  return { layout: 'channels-first', value, batch, channels: staticDimOf(value, 1), height, width }
}

/** The same map as `[batch·height·width, channels]`. Its shape must be known while building. */
export function toTokens(map: FeatureMap): FeatureMap {
  if (map.layout === 'tokens') return map
  const rows = ops.reshape(ops.transpose(map.value, [0, 2, 3, 1]), [-1, map.channels])
  return { ...map, layout: 'tokens', value: rows }
}

/** The same map as `[batch, channels, height, width]`. */
export function toChannelsFirst(map: FeatureMap): Value {
  if (map.layout === 'channels-first') return map.value
  const { batch, channels, height, width } = map
  return ops.transpose(ops.reshape(map.value, [batch, height, width, channels]), [0, 3, 1, 2])
}

/** The same map as a sequence `[batch, height·width, channels]`, for attention. */
export function toSequence(map: FeatureMap): Value {
  const { batch, channels, height, width, value } = map
  const length = multiplyDims([height, width])
  if (map.layout === 'tokens') return ops.reshape(value, [batch, length, channels])
  return ops.transpose(ops.reshape(value, [batch, channels, length]), [0, 2, 1])
}

/** A sequence `[batch, height·width, channels]` as a map of the layout, batch, height and width of `like`. */
export function fromSequence(sequence: Value, like: FeatureMap): FeatureMap {
  const channels = staticDimOf(sequence, 2)
  const { batch, height, width } = like
  const value =
    like.layout === 'tokens'
      ? ops.reshape(sequence, [-1, channels])
      : ops.reshape(ops.transpose(sequence, [0, 2, 1]), [batch, channels, height, width])
  return { ...like, value, channels }
}

/** An element-wise function of a map. */
export function mapValues(map: FeatureMap, apply: (value: Value) => Value): FeatureMap {
  return { ...map, value: apply(map.value) }
}

/** The sum of two maps of one shape. */
export function addMaps(a: FeatureMap, b: FeatureMap): FeatureMap {
  return { ...a, value: ops.add(a.value, inLayoutOf(a, b).value) }
}

/** Maps one after another along the channels, in the layout of the first. */
export function concatChannels(first: FeatureMap, ...rest: readonly FeatureMap[]): FeatureMap {
  const maps = [first, ...rest.map((map) => inLayoutOf(first, map))]
  const channels = maps.reduce((sum, map) => sum + map.channels, 0)
  const values = maps.map((map) => map.value)
  return { ...first, channels, value: ops.concat(values, 1) }
}

/** A map plus one number for each image and channel, `[batch, channels]`. */
export function addPerChannel(map: FeatureMap, vector: Value): FeatureMap {
  if (map.layout === 'channels-first') {
    const sum = ops.add(map.value, ops.unsqueeze(vector, [2, 3]))
    return { ...map, value: sum, batch: dimOf(sum, 0) }
  }
  const { batch, height, width, channels } = map
  const sum = ops.add(
    ops.reshape(map.value, [batch, multiplyDims([height, width]), channels]),
    ops.unsqueeze(vector, [1]),
  )
  return { ...map, value: ops.reshape(sum, [-1, channels]) }
}

function inLayoutOf(model: FeatureMap, map: FeatureMap): FeatureMap {
  if (model.layout === map.layout) return map
  return model.layout === 'tokens' ? toTokens(map) : featureMap(toChannelsFirst(map))
}
