import { ops, toChannelsFirst, type FeatureMap, type Value } from '@patchbay/onnx'

/** Added to variances, so that a flat channel has a deviation. */
const epsilon = 1e-5

/** Mean and deviation of each channel over all places, [batch, channels, 1] each (Huang and Belongie 2017, eq. 5). */
export interface ChannelStatistics {
  readonly mean: Value
  readonly deviation: Value
}

/** [batch, channels, places] of a map. */
export function placesOf(map: FeatureMap): Value {
  return ops.reshape(toChannelsFirst(map), [map.batch, map.channels, -1])
}

/** The statistics of [batch, channels, places]; `unbiased` divides by one less than the number of places, as torch. */
export function channelStatistics(places: Value, unbiased = false): ChannelStatistics {
  const mean = ops.reduceMean(places, { axes: [2] })
  const centred = ops.sub(places, mean)
  const square = ops.reduceMean(ops.mul(centred, centred), { axes: [2] })
  const variance = unbiased ? ops.mul(square, besselFactor(places)) : square
  return { mean, deviation: ops.sqrt(ops.add(variance, epsilon)) }
}

/** n / (n − 1) for n places. */
function besselFactor(places: Value): Value {
  const count = ops.cast(ops.slice(ops.shape(places), 0, 2, 3), 'float32')
  return ops.div(count, ops.sub(count, 1))
}

/** AdaIN (Huang and Belongie 2017, eq. 8): `content` with the channel statistics of `style`. */
export function adaptiveInstanceNorm(content: Value, style: ChannelStatistics, unbiased = false): Value {
  const own = channelStatistics(content, unbiased)
  return ops.add(ops.mul(ops.div(ops.sub(content, own.mean), own.deviation), style.deviation), style.mean)
}

/** Inner products of channels over places, each divided by the number of places: [batch, channels, channels]. */
export function gramMatrix(places: Value): Value {
  const count = ops.cast(ops.slice(ops.shape(places), 0, 2, 3), 'float32')
  return ops.div(ops.matMul(places, ops.transpose(places, [0, 2, 1])), count)
}
