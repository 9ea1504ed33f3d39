import type { AutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { imageOfPlanes, planesOf, type ImageTensor } from '../image/image.ts'
import { decodeToImage, encodeToLatents, type AutoencoderModel } from '../networks/image-autoencoder.ts'
import { createSessions, type Sessions } from '../networks/sessions.ts'
import { weightsOf } from '../opening/write-checkpoint.ts'
import type { Services } from '../host/services.ts'
import { concatBatch } from '../tensor/index.ts'
import { imagesOf, type Dataset } from '../dataset/dataset.ts'
import type { NamedTensors } from './loop/training-state.ts'

/** The first pictures of a set, above what an autoencoder of these weights makes of them. */
export function reconstructions(
  services: Services,
  config: AutoencoderKLConfig,
  parameters: NamedTensors,
  dataset: Dataset,
): Promise<ImageTensor> {
  return withAutoencoder(services, config, parameters, async (sessions, vae) => {
    const real = imagesOf(dataset, 0, 6)
    const latents = await encodeToLatents(sessions, vae, planesOf(real, { low: 0 }))
    return concatBatch([real, imageOfPlanes(await decodeToImage(sessions, vae, latents), { low: 0 })])
  })
}

/** Pictures that the statistics of latents are taken from. */
const measured = 64

/**
 * The autoencoder with the shift and scale that make its latents of this data have mean 0 and variance 1 (Rombach et
 * al. 2022, appendix G).
 */
export function scaledAutoencoder(
  services: Services,
  config: AutoencoderKLConfig,
  best: NamedTensors,
  dataset: Dataset,
): Promise<AutoencoderModel['part']> {
  return withAutoencoder(services, config, best, async (sessions, vae) => {
    const { data } = await encodeToLatents(sessions, vae, planesOf(imagesOf(dataset, 0, measured), { low: 0 }))
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length
    const scaled = { ...config, shiftFactor: mean, scalingFactor: 1 / Math.sqrt(Math.max(variance, 1e-8)) }
    return { config: scaled, weights: vae.part.weights }
  })
}

async function withAutoencoder<Result>(
  services: Services,
  config: AutoencoderKLConfig,
  parameters: NamedTensors,
  use: (sessions: Sessions, vae: AutoencoderModel) => Promise<Result>,
): Promise<Result> {
  const sessions = createSessions(services.device)
  try {
    return await use(sessions, { key: 'in training', part: { config, weights: weightsOf(parameters) } })
  } finally {
    await sessions.clear()
  }
}
