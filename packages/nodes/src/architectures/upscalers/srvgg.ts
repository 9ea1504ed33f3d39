import {
  addMaps,
  conv2d,
  featureMap,
  mapValues,
  ops,
  toChannelsFirst,
  type FeatureMap,
  type Scope,
} from '@patchbay/onnx'
import { enlarged } from './rrdb.ts'

/** What shapes an SRVGGNetCompact, Real-ESRGAN's small network (Wang et al. 2021): convolutions in a row. */
export interface SrvggConfig {
  readonly scale: number
  readonly inChannels: number
  readonly outChannels: number
  readonly features: number
  /** Convolutions between the first and the last. */
  readonly convolutions: number
}

/**
 * An image in 0 to 1, [batch, inChannels, height, width], enlarged: what the network gives is added to the plain
 * enlargement.
 */
export function srvgg(scope: Scope, config: SrvggConfig, image: FeatureMap): FeatureMap {
  const { features: out, scale } = config
  let x = image
  for (let index = 0; index <= config.convolutions; index++) {
    x = parametricRelu(scope.at('body', 2 * index + 1), conv2d(scope.at('body', 2 * index), x, { out }))
  }
  const last = conv2d(scope.at('body', 2 * config.convolutions + 2), x, { out: config.outChannels * scale * scale })
  const detail = featureMap(ops.depthToSpace(toChannelsFirst(last), scale))
  return addMaps(detail, enlarged(image, scale))
}

/** x above 0, a learnt multiple of it below, by channel (He et al. 2015). */
function parametricRelu(scope: Scope, x: FeatureMap): FeatureMap {
  const slope = ops.reshape(scope.parameter('weight', [x.channels]), [x.channels, 1, 1])
  return mapValues(x, (value) => ops.add(ops.relu(value), ops.mul(slope, ops.min(value, 0))))
}
