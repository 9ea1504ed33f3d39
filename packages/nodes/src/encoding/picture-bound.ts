import { batchSize, map } from '../tensor/index.ts'
import { drawFrom, natsOfBytes, type BoundedVae } from '../likelihood/index.ts'
import { latentScaleOf } from '../architectures/autoencoder-kl/config.ts'
import { numberAt } from '@patchbay/onnx/tensor'
import { planesOf, pictureOf, withoutAlpha, type ImageTensor } from '../image/image.ts'
import type { AutoencoderModel } from '../networks/image-autoencoder.ts'
import type { Sessions } from '../networks/sessions.ts'
import { decodedLevels, denoisersPosterior, encodeToPosterior, type VaePosterior } from '../networks/vae-posterior.ts'
import { philoxNormal, seedOfItem } from '../random/index.ts'
import { cutForLatents } from './inpainting.ts'

/** One picture as a VAE's bound sees it. */
export interface PictureInVae {
  /** Levels 0 to 255, whole, plane by plane. */
  readonly levels: Float32Array
  readonly posterior: VaePosterior
  readonly noise: (draw: number) => Float32Array
}

/** Pictures cut to what the VAE can halve, each with its posterior; item k draws the noise of the seed + k. */
export async function picturesInVae(
  sessions: Sessions,
  vae: AutoencoderModel,
  image: ImageTensor,
  seed: bigint,
): Promise<readonly PictureInVae[]> {
  const cut = cutForLatents(withoutAlpha(image), latentScaleOf(vae.part.config))
  const pictures: PictureInVae[] = []
  for (let k = 0; k < batchSize(cut); k++) {
    const levels = map(planesOf(pictureOf(cut, k), { low: 0, high: 255 }), Math.round)
    const posterior = await encodeToPosterior(
      sessions,
      vae,
      map(levels, (level) => level / 255),
    )
    const own = seedOfItem(seed, k)
    const noise = (draw: number) => philoxNormal(own, posterior.shape, [draw, 0]).data
    pictures.push({ levels: levels.data, posterior, noise })
  }
  return pictures
}

/**
 * The deviation of p(x|z) that suits pictures best, in levels: the root of the mean squared error of one draw each
 * (Rybkin et al. 2021, eq. 8), at least a third of a level.
 */
export async function bestDeviation(
  sessions: Sessions,
  vae: AutoencoderModel,
  pictures: readonly PictureInVae[],
): Promise<number> {
  let [squares, count] = [0, 0]
  for (const { levels, posterior, noise } of pictures) {
    const decoded = await decodedLevels(sessions, vae, drawFrom(posterior, noise(0)).latents, posterior.shape)
    for (const [i, level] of levels.entries()) squares += (level - numberAt(decoded, i)) ** 2
    count += levels.length
  }
  return Math.max(1 / 3, Math.sqrt(squares / count))
}

/** A picture to be bounded in the VAE's own units. */
export function boundedVae(
  sessions: Sessions,
  vae: AutoencoderModel,
  { levels, posterior, noise }: PictureInVae,
  deviation: number,
): BoundedVae {
  return {
    posterior,
    noise,
    distortionAt: async (latents) =>
      natsOfBytes(levels, await decodedLevels(sessions, vae, latents, posterior.shape), deviation),
  }
}

/** The same in the units of the denoiser. */
export function boundedForDenoiser(
  sessions: Sessions,
  vae: AutoencoderModel,
  picture: PictureInVae,
  deviation: number,
): BoundedVae {
  const { shiftFactor, scalingFactor } = vae.part.config
  const own = boundedVae(sessions, vae, picture, deviation)
  return {
    ...own,
    posterior: denoisersPosterior(vae, picture.posterior),
    distortionAt: (latents) => own.distortionAt(latents.map((z) => z / scalingFactor + shiftFactor)),
  }
}
