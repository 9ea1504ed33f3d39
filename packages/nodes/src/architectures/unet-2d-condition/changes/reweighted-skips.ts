import { featureMap, ops, toChannelsFirst, type FeatureMap, type Value } from '@patchbay/onnx'
import type { ReweightedSkipsChange } from '../../kinds/network-change.ts'

/** Features of the decoder and a skip connection, before they are joined. */
export interface Joined {
  readonly x: FeatureMap
  readonly skip: FeatureMap
}

export interface SkipWeights {
  /** [], what half of the decoder's channels are multiplied with. */
  readonly backbone: Value
  /** [], what the coarsest waves of the skip connection are multiplied with. */
  readonly skip: Value
}

/** FreeU (Si et al. 2023, eq. 4 to 6) for one pair of maps. */
export function reweighted(
  { isAdaptive }: Pick<ReweightedSkipsChange, 'isAdaptive'>,
  { x, skip }: Joined,
  weights: SkipWeights,
): Joined {
  const value = toChannelsFirst(x)
  const half = Math.floor(x.channels / 2)
  const [raised, rest] = [ops.slice(value, 1, 0, half), ops.slice(value, 1, half)]
  const factor = isAdaptive ? adaptiveFactor(value, weights.backbone) : weights.backbone
  return {
    x: featureMap(ops.concat([ops.mul(raised, factor), rest], 1)),
    skip: featureMap(withCoarseWaves(skip, weights.skip)),
  }
}

/** 1 where the mean over channels is least, the weight where it is most: [batch, 1, height, width]. */
function adaptiveFactor(value: Value, weight: Value): Value {
  const mean = ops.reduceMean(value, { axes: [1] })
  const [least, most] = [ops.reduceMin(mean, { axes: [2, 3] }), ops.reduceMax(mean, { axes: [2, 3] })]
  const share = ops.div(ops.sub(mean, least), ops.sub(most, least))
  return ops.add(ops.mul(share, ops.sub(weight, 1)), 1)
}

/**
 * The map with its waves of frequency 0 and -1 on both axes multiplied by a factor: the real part of what a Fourier
 * transform and its inverse give, as seven products with cosines and sines.
 */
function withCoarseWaves(map: FeatureMap, factor: Value): Value {
  const value = toChannelsFirst(map)
  const { height, width, batch, channels } = map
  const { graph } = value
  const turn = (length: typeof height, shape: readonly number[]): Value => {
    const places = ops.cast(ops.range(graph, length), 'float32')
    const count = ops.cast(graph.dimValue(length), 'float32')
    return ops.reshape(ops.mul(ops.div(places, count), 2 * Math.PI), shape)
  }
  const [down, across] = [turn(height, [-1, 1]), turn(width, [1, -1])]
  const flat = (angles: Value): Value => ops.reshape(angles, [1, -1])
  // Each angle at every place; zeros bring the one of an axis over the other.
  const angles = [ops.add(down, ops.mul(across, 0)), ops.add(ops.mul(down, 0), across), ops.add(down, across)].map(flat)
  const [any = flat(down)] = angles
  const waves = ops.concat(
    [ops.cos(ops.mul(any, 0)), ...angles.flatMap((angle) => [ops.cos(angle), ops.sin(angle)])],
    0,
  )
  const pixels = ops.reshape(value, [batch, channels, -1])
  const amounts = ops.matMul(pixels, ops.transpose(waves, [1, 0]))
  const coarse = ops.div(ops.matMul(amounts, waves), ops.mul(dimension(value, 2), dimension(value, 3)))
  return ops.add(value, ops.mul(ops.reshape(coarse, [batch, channels, height, width]), ops.sub(factor, 1)))
}

const dimension = (value: Value, axis: number): Value =>
  ops.cast(ops.slice(ops.shape(value), 0, axis, axis + 1), 'float32')
