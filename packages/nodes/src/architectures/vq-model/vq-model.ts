import { conv2d, featureMap, ops, toChannelsFirst, type FeatureMap, type Scope, type Value } from '@patchbay/onnx'
import { decodeLatents, encoderFeatures } from '../autoencoder-kl/autoencoder-kl.ts'
import type { VqModelConfig } from './config.ts'

/**
 * The encoder of diffusers' VQModel (van den Oord et al. 2017; Esser et al. 2021): an image in [-1, 1] to vectors
 * that are not codes yet, [batch, codeWidth, height / scale, width / scale].
 */
export function encodeToVectors(
  scope: Scope,
  { autoencoder, codeWidth }: VqModelConfig,
  image: FeatureMap,
): FeatureMap {
  const features = encoderFeatures(scope.at('encoder'), autoencoder, image, autoencoder.latentChannels)
  return conv2d(scope.at('quant_conv'), features, { out: codeWidth, kernel: 1 })
}

/**
 * The entry of the codebook that is nearest to each vector, int64 [batch, rows, columns]: the largest
 * `z · e − ½ |e|²`, which orders as the distance does.
 */
export function nearestCodes(scope: Scope, config: VqModelConfig, vectors: FeatureMap): Value {
  const { batch, height, width } = vectors
  return scope.at('quantize').build(() => {
    const book = codebook(scope, config)
    const rows = ops.reshape(ops.transpose(toChannelsFirst(vectors), [0, 2, 3, 1]), [-1, config.codeWidth])
    const halves = ops.mul(ops.reduceSum(ops.mul(book, book), { axes: [1], keepDims: false }), 0.5)
    const closeness = ops.sub(ops.matMul(rows, ops.transpose(book, [1, 0])), halves)
    return ops.reshape(ops.argMax(closeness, { axis: 1, keepDims: false }), [batch, height, width])
  })
}

/** The entries of codes [batch, rows, columns], as a map [batch, codeWidth, rows, columns]. */
export function vectorsOfCodes(scope: Scope, config: VqModelConfig, codes: Value): FeatureMap {
  return featureMap(ops.transpose(ops.gather(codebook(scope, config), codes), [0, 3, 1, 2]))
}

/** The decoder of diffusers' VQModel: entries of the codebook to an image that is about [-1, 1]. */
export function decodeVectors(scope: Scope, { autoencoder }: VqModelConfig, vectors: FeatureMap): FeatureMap {
  return decodeLatents(scope, autoencoder, vectors)
}

const codebook = (scope: Scope, { codes, codeWidth }: VqModelConfig): Value =>
  scope.at('quantize', 'embedding').parameter('weight', [codes, codeWidth])
