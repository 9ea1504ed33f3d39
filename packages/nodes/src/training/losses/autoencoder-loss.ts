import {
  featureMap,
  float32,
  Graph,
  meanAbsoluteError,
  meanSquaredError,
  ops,
  Scope,
  toChannelsFirst,
  toTokens,
  type FeatureMap,
  type Feeds,
  type Value,
} from '@patchbay/onnx'
import { type AutoencoderKLConfig, latentScaleOf } from '../../architectures/autoencoder-kl/config.ts'
import { decodeLatents, encodeImage } from '../../architectures/autoencoder-kl/autoencoder-kl.ts'
import type { BuiltImageEncoder } from '../../networks/image-encoder.ts'
import { philoxNormal, type Seed } from '../../random/index.ts'
import { perceptualDistance } from './perceptual-distance.ts'
import { trainingStreams } from '../batches/batches.ts'

/** Weights of what is added up, or a bound of the likelihood, which has none. */
export type AutoencoderObjective = AutoencoderLossWeights | 'bound'

export interface AutoencoderLossWeights {
  readonly squared: number
  readonly absolute: number
  /** Of the mean divergence of a latent from a standard normal, in nats (Kingma and Welling 2014, appendix B). */
  readonly divergence: number
}

export const defaultAutoencoderWeights: AutoencoderLossWeights = { squared: 1, absolute: 0.1, divergence: 1e-4 }

/** A critic as a loss knows it: what it adds. */
export interface AddedCritic {
  addTo(loss: Value, scope: Scope, pictures: { readonly real: FeatureMap; readonly made: FeatureMap }): Value
}

/** What else judges reconstructions; nothing is when both are missing. */
export interface AutoencoderCritics {
  /** Adds a critic that is trained beside the autoencoder to its loss. */
  readonly critic?: AddedCritic | undefined
  /** A network by whose features pictures are compared; its parameters are bound, not trained. */
  readonly perceptual?: { readonly encoder: BuiltImageEncoder; readonly weight: number } | undefined
}

/**
 * Reconstruction and divergence of an AutoencoderKL as a graph (Rombach et al. 2022, appendix G), or a bound of the
 * likelihood in bits per dimension of pictures of 256 levels.
 * Inputs: `image` [batch, channels, side, side] in -1 to 1, and `latentNoise` [batch, latentChannels, side / scale,
 * side / scale].
 */
export function autoencoderLoss(
  config: AutoencoderKLConfig,
  shape: { readonly batch: number; readonly side: number },
  objective: AutoencoderObjective = defaultAutoencoderWeights,
  { critic, perceptual }: AutoencoderCritics = {},
): Value {
  const { batch, side } = shape
  const scale = latentScaleOf(config)
  if (side % scale !== 0) {
    throw new RangeError(
      `This autoencoder shrinks pictures ${scale}-fold, so their side must be a multiple of ${scale}; got ${side}.`,
    )
  }
  const graph = new Graph()
  const scope = new Scope(graph, { attention: 'plain' })
  const image = graph.input('image', 'float32', [batch, config.inChannels, side, side])
  const { mean, logVariance } = encodeImage(scope, config, toTokens(featureMap(image)))
  const noise = graph.input('latentNoise', 'float32', [batch, config.latentChannels, side / scale, side / scale])
  const latents = ops.add(mean, ops.mul(ops.exp(ops.mul(logVariance, 0.5)), noise))
  const decoded = toChannelsFirst(decodeLatents(scope, config, toTokens(featureMap(latents))))
  let loss =
    objective === 'bound'
      ? boundInBits(decoded, image, mean, logVariance)
      : weightedLoss(decoded, image, divergenceOf(mean, logVariance), objective)
  if (perceptual) {
    const distance = perceptualDistance(scope, perceptual.encoder, decoded, image)
    loss = ops.add(loss, ops.mul(distance, perceptual.weight))
  }
  return critic ? critic.addTo(loss, scope, { real: featureMap(image), made: featureMap(decoded) }) : loss
}

/** Of each latent from a standard normal, in nats and on average (Kingma and Welling 2014, appendix B). */
function divergenceOf(mean: Value, logVariance: Value): Value {
  const each = ops.sub(ops.add(ops.mul(mean, mean), ops.exp(logVariance)), ops.add(logVariance, 1))
  return ops.mul(ops.reduceMean(each, { keepDims: false }), 0.5)
}

function weightedLoss(
  decoded: Value,
  image: Value,
  divergence: Value,
  { squared, absolute, divergence: weight }: AutoencoderLossWeights,
): Value {
  const reconstruction = ops.add(
    ops.mul(meanSquaredError(decoded, image), squared),
    ops.mul(meanAbsoluteError(decoded, image), absolute),
  )
  return ops.add(reconstruction, ops.mul(divergence, weight))
}

/** Two grey levels that are neighbours lie so far apart in -1 to 1. */
const levelStep = 2 / 256
/** Of a mean square that is 0, whose logarithm would have no end: a fiftieth of a level. */
const leastSquare = (levelStep / 50) ** 2

/**
 * The negative evidence bound (Kingma and Welling 2014, eq. 3) of pixels under a Gaussian whose one deviation is the
 * best for the batch (Rybkin et al. 2021, eq. 9): half of log(2πe · mean square) for each dimension, and the whole
 * divergence of its latents shared among them. Nats become bits, and a density of -1 to 1 becomes one of 256 levels.
 */
function boundInBits(decoded: Value, image: Value, mean: Value, logVariance: Value): Value {
  const dimensions = elementsOf(image)
  const square = ops.add(meanSquaredError(decoded, image), leastSquare)
  const distortion = ops.mul(ops.add(ops.log(square), Math.log(2 * Math.PI * Math.E)), 0.5)
  const rate = ops.mul(divergenceOf(mean, logVariance), elementsOf(mean) / dimensions)
  return ops.sub(ops.mul(ops.add(distortion, rate), 1 / Math.LN2), Math.log2(levelStep))
}

/** How many numbers one item of a batch has, whose sizes a training graph always knows. */
function elementsOf({ shape }: Value): number {
  return shape.slice(1).reduce((product: number, size) => product * Number(size), 1)
}

/**
 * What `autoencoderLoss` is fed in one step: pictures [batch, channels, side, side] in -1 to 1, and the step's own
 * noise.
 */
export function autoencoderFeeds(
  config: AutoencoderKLConfig,
  pictures: Float32Array,
  {
    batch,
    side,
    seed,
    step,
  }: { readonly batch: number; readonly side: number; readonly seed: Seed; readonly step: number },
): Feeds {
  const small = side / latentScaleOf(config)
  const noiseShape = [batch, config.latentChannels, small, small]
  return {
    image: float32([batch, config.inChannels, side, side], pictures),
    latentNoise: philoxNormal(seed, noiseShape, [step, trainingStreams.latentNoise]),
  }
}
