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
  type Feeds,
  type Value,
} from '@patchbay/onnx'
import { type AutoencoderKLConfig, latentScaleOf } from '../../architectures/autoencoder-kl/config.ts'
import { decodeLatents, encodeImage } from '../../architectures/autoencoder-kl/autoencoder-kl.ts'
import type { BuiltImageEncoder } from '../../networks/image-encoder.ts'
import { philoxNormal, type Seed } from '../../random/index.ts'
import { adversarialLosses, perceptualDistance } from './autoencoder-critics.ts'
import { trainingStreams } from '../batches/batches.ts'

export interface AutoencoderLossWeights {
  readonly squared: number
  readonly absolute: number
  /** Of the mean divergence of a latent from a standard normal, in nats (Kingma and Welling 2014, appendix B). */
  readonly divergence: number
}

export const defaultAutoencoderWeights: AutoencoderLossWeights = { squared: 1, absolute: 0.1, divergence: 1e-4 }

/** What else judges reconstructions; nothing is when both are missing. */
export interface AutoencoderCritics {
  /**
   * A critic of patches that is trained beside the autoencoder; what it says counts by the input `adversarialWeight`, a
   * scalar.
   */
  readonly adversarial?: boolean
  /** A network by whose features pictures are compared; its parameters are bound, not trained. */
  readonly perceptual?: { readonly encoder: BuiltImageEncoder; readonly weight: number } | undefined
}

/**
 * Reconstruction and divergence of an AutoencoderKL as a graph (Rombach et al. 2022, appendix G).
 * Inputs: `image` [batch, channels, side, side] in -1 to 1, and `latentNoise` [batch, latentChannels, side / scale,
 * side / scale].
 */
export function autoencoderLoss(
  config: AutoencoderKLConfig,
  shape: { readonly batch: number; readonly side: number },
  weights: AutoencoderLossWeights = defaultAutoencoderWeights,
  { adversarial = false, perceptual }: AutoencoderCritics = {},
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
  const divergence = ops.mul(
    ops.reduceMean(ops.sub(ops.add(ops.mul(mean, mean), ops.exp(logVariance)), ops.add(logVariance, 1)), {
      keepDims: false,
    }),
    0.5,
  )
  const reconstruction = ops.add(
    ops.mul(meanSquaredError(decoded, image), weights.squared),
    ops.mul(meanAbsoluteError(decoded, image), weights.absolute),
  )
  let loss = ops.add(reconstruction, ops.mul(divergence, weights.divergence))
  if (perceptual) {
    const distance = perceptualDistance(scope, perceptual.encoder, decoded, image)
    loss = ops.add(loss, ops.mul(distance, perceptual.weight))
  }
  if (!adversarial) return loss
  const sides = adversarialLosses(scope, featureMap(image), featureMap(decoded))
  const told = ops.mul(sides.decoder, graph.input('adversarialWeight', 'float32', []))
  return ops.add(ops.add(loss, told), sides.critic)
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
