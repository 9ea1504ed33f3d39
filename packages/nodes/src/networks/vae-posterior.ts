import { featureMap, Graph, mapValues, ops, requireFloat32, Scope, type Tensor } from '@patchbay/onnx'
import { encodeImage } from '../architectures/autoencoder-kl/autoencoder-kl.ts'
import type { Posterior } from '../likelihood/index.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { refusalOf } from './exported-graph.ts'
import { decodeToImage, type AutoencoderModel } from './image-autoencoder.ts'
import { pictureBands, type Sessions } from './sessions.ts'

/** q(z|x) of one picture, in the VAE's own units, of which latents are standard normal a priori. */
export interface VaePosterior extends Posterior {
  /** Of the latents: [1, channels, height, width]. */
  readonly shape: readonly number[]
}

/**
 * The distribution of latents that a VAE's encoder gives for a picture [1, 3, height, width] in 0 to 1.
 * @throws CheckpointError for a VAE whose encoder gives no distribution
 */
export async function encodeToPosterior(
  sessions: Sessions,
  { key, part }: AutoencoderModel,
  picture: Tensor,
): Promise<VaePosterior> {
  const { exported, tiny, config, weights } = part
  if (exported?.encoder !== undefined) throw refusalOf(exported.encoder, 'tell the spread of its latents')
  if (tiny || exported || config.statistics) {
    const why = config.statistics ? 'packs its latents and scales each channel apart' : 'gives latents without a spread'
    throw new CheckpointError(
      `${weights.title} ${why}, so that no bound can be told of it: use an AutoencoderKL, such as that of Stable Diffusion`,
    )
  }
  const build = () => {
    const graph = new Graph()
    const image = featureMap(graph.input('image', 'float32', ['batch', config.inChannels, 'height', 'width']))
    const { mean, logVariance } = encodeImage(
      new Scope(graph),
      config,
      mapValues(image, (x) => ops.sub(ops.mul(x, 2), 1)),
    )
    graph.output('mean', mean)
    graph.output('logVariance', logVariance)
    return { graph, weights, bands: pictureBands }
  }
  return sessions.with({ key: `${key}|posterior`, build }, async (session) => {
    const results = await session.run({ image: picture })
    const mean = requireFloat32(results['mean'], 'The encoder')
    return {
      shape: mean.shape,
      mean: mean.data,
      logVariance: requireFloat32(results['logVariance'], 'The encoder').data,
    }
  })
}

/** A posterior in the units of the denoiser, (z − shift) · factor, in which its latents are diffused. */
export function denoisersPosterior(
  { part }: AutoencoderModel,
  { shape, mean, logVariance }: VaePosterior,
): VaePosterior {
  const { shiftFactor, scalingFactor } = part.config
  const more = 2 * Math.log(Math.abs(scalingFactor))
  return {
    shape,
    mean: Float64Array.from(mean, (z) => (z - shiftFactor) * scalingFactor),
    logVariance: Float64Array.from(logVariance, (log) => log + more),
  }
}

/** What the decoder makes of latents in the VAE's own units: levels 0 to 255, not rounded, plane by plane. */
export async function decodedLevels(
  sessions: Sessions,
  vae: AutoencoderModel,
  latents: Float64Array,
  shape: readonly number[],
): Promise<Float64Array> {
  const { shiftFactor, scalingFactor } = vae.part.config
  const scaled = Float32Array.from(latents, (z) => (z - shiftFactor) * scalingFactor)
  const { data } = await decodeToImage(sessions, vae, { dtype: 'float32', shape, data: scaled })
  return Float64Array.from(data, (value) => value * 255)
}
