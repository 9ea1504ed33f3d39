import {
  addMaps,
  concatChannels,
  conv2d,
  featureMap,
  float32,
  mapValues,
  ops,
  toChannelsFirst,
  type FeatureMap,
  type Scope,
} from '@patchbay/onnx'

/** What shapes an RRDBNet, the generator of ESRGAN (Wang et al. 2018) and Real-ESRGAN (Wang et al. 2021). */
export interface RrdbConfig {
  /** How much larger the result is: 1, 2, 4 or 8. Below 4 the image is first folded into channels. */
  readonly scale: number
  readonly inChannels: number
  readonly outChannels: number
  readonly features: number
  /** Channels that each convolution of a dense block adds. */
  readonly growth: number
  readonly blocks: number
  /** Whether the image is folded into channels first (Real-ESRGAN at 1× and 2×). */
  readonly unshuffle: number
}

/** How much of a residual is added (Wang et al. 2018, section 3.1). */
const residualScale = 0.2

/** An image in 0 to 1, [batch, inChannels, height, width], enlarged. Weight names are Real-ESRGAN's. */
export function rrdb(scope: Scope, config: RrdbConfig, image: FeatureMap): FeatureMap {
  const { features: out } = config
  const folded = config.unshuffle === 1 ? image : fold(image, config.unshuffle)
  const first = conv2d(scope.at('conv_first'), folded, { out })
  let x = first
  for (let block = 0; block < config.blocks; block++) x = residualInResidual(scope.at('body', block), config, x)
  x = addMaps(first, conv2d(scope.at('conv_body'), x, { out }))
  for (let step = 1; 2 ** step <= config.scale * config.unshuffle; step++) {
    x = active(convolveEnlarged(scope, `conv_up${step}`, x))
  }
  x = active(conv2d(scope.at('conv_hr'), x, { out }))
  return conv2d(scope.at('conv_last'), x, { out: config.outChannels })
}

function residualInResidual(scope: Scope, config: RrdbConfig, x: FeatureMap): FeatureMap {
  let h = x
  for (const part of ['rdb1', 'rdb2', 'rdb3']) h = denseBlock(scope.at(part), config, h)
  return addScaled(x, h)
}

/** Five convolutions, each of which sees all before it. */
function denseBlock(scope: Scope, { features, growth }: RrdbConfig, x: FeatureMap): FeatureMap {
  let seen = x
  for (let index = 1; index <= 4; index++) {
    seen = concatChannels(seen, active(conv2d(scope.at(`conv${index}`), seen, { out: growth })))
  }
  return addScaled(x, conv2d(scope.at('conv5'), seen, { out: features }))
}

const active = (map: FeatureMap): FeatureMap => mapValues(map, (value) => ops.leakyRelu(value, 0.2))

function addScaled(x: FeatureMap, change: FeatureMap): FeatureMap {
  return addMaps(
    x,
    mapValues(change, (value) => ops.mul(value, residualScale)),
  )
}

/** Twice as large, then a convolution whose parameters are those of `name` itself. */
function convolveEnlarged(scope: Scope, name: string, x: FeatureMap): FeatureMap {
  return conv2d(scope.at(name), enlarged(x, 2), { out: x.channels })
}

/** Every pixel as a square of them. */
export function enlarged(x: FeatureMap, factor: number): FeatureMap {
  return featureMap(ops.resize(toChannelsFirst(x), factor))
}

/**
 * Squares of pixels as channels, in the order of PyTorch's pixel_unshuffle: a convolution that picks one pixel each.
 */
function fold(x: FeatureMap, factor: number): FeatureMap {
  const value = toChannelsFirst(x)
  const { channels } = x
  const area = factor * factor
  const weight = new Float32Array(channels * area * channels * area)
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < area; pixel++) {
      weight[((channel * area + pixel) * channels + channel) * area + pixel] = 1
    }
  }
  const shape = [channels * area, channels, factor, factor]
  return featureMap(ops.conv(value, value.graph.constant(float32(shape, weight)), undefined, { stride: factor }))
}
