import { featureMap, mapValues, ops, toChannelsFirst, type FeatureMap, type Scope, type Value } from '@patchbay/onnx'
import { doubled, reflectedConv } from './reflected.ts'
import { adaptiveInstanceNorm, channelStatistics, placesOf } from './style-statistics.ts'

/** A layer of a `Sequential` of torch, by its number there. */
type Layer = readonly [index: number, out: number] | 'halve' | 'double'

/** VGG-19 up to relu4_1, with pictures in 0 to 1 and normalised weights: `vgg_normalised.pth`. */
const encoderLayers: readonly Layer[] = [
  ...([[2, 64], [5, 64], 'halve', [9, 128], [12, 128], 'halve'] as const),
  ...([[16, 256], [19, 256], [22, 256], [25, 256], 'halve', [29, 512]] as const),
]
const decoderLayers: readonly Layer[] = [
  ...([[1, 256], 'double', [5, 256], [8, 256], [11, 256], [14, 128], 'double'] as const),
  ...([[18, 128], [21, 64], 'double', [25, 64]] as const),
]
/** The decoder's last convolution, which no ReLU follows. */
const lastLayer = 28

const relu = (x: FeatureMap): FeatureMap => mapValues(x, ops.relu)
const halved = (x: FeatureMap): FeatureMap => featureMap(ops.maxPool(toChannelsFirst(x), { kernel: 2 }))

function through(scope: Scope, layers: readonly Layer[], start: FeatureMap): FeatureMap {
  return layers.reduce((x, layer) => {
    if (layer === 'halve') return halved(x)
    if (layer === 'double') return doubled(x)
    const [index, out] = layer
    return relu(reflectedConv(scope.at(index), x, { out }))
  }, start)
}

/** What the encoder sees before each halving, and at its end, the finest first. Parameters below `encoder`. */
export function adaptiveLevels(scope: Scope, picture: FeatureMap): readonly FeatureMap[] {
  const encoder = scope.at('encoder')
  const levels: FeatureMap[] = []
  let x = reflectedConv(encoder.at(0), picture, { out: 3, kernel: 1 })
  for (const layer of encoderLayers) {
    if (layer === 'halve') levels.push(x)
    x = through(encoder, [layer], x)
  }
  return [...levels, x]
}

/** What the encoder sees: [batch, 512, height / 8, width / 8] of pictures in 0 to 1. Parameters below `encoder`. */
export function adaptiveFeatures(scope: Scope, picture: FeatureMap): FeatureMap {
  return adaptiveLevels(scope, picture).at(-1) ?? picture
}

/**
 * AdaIN style transfer (Huang and Belongie 2017, eq. 9 and 13): a picture in 0 to 1, sides multiples of 8, with the
 * channel statistics of another, decoded; `amount` [] blends between its own features and those.
 */
export function adaptiveStyle(scope: Scope, picture: FeatureMap, style: FeatureMap, amount: Value): FeatureMap {
  const [own, other] = [adaptiveFeatures(scope, picture), adaptiveFeatures(scope, style)]
  const places = placesOf(own)
  const moved = adaptiveInstanceNorm(places, channelStatistics(placesOf(other), true), true)
  const blended = ops.add(places, ops.mul(ops.sub(moved, places), amount))
  const decoder = scope.at('decoder')
  const h = through(decoder, decoderLayers, { ...own, value: ops.reshape(blended, own.value.shape) })
  return reflectedConv(decoder.at(lastLayer), h, { out: 3 })
}
