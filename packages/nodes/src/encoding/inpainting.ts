import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import type { DenoiserNetwork } from '../architectures/kinds/denoiser.ts'
import { latentScaleOf } from '../architectures/autoencoder-kl/config.ts'
import { cutToMultiple } from '../image/interpolation/cut-to-shape.ts'
import { interpolate } from '../image/interpolation/interpolate.ts'
import { planesOf, sizeOfImage, withoutAlpha, type ImageTensor, type MaskTensor } from '../image/image.ts'
import { resample } from '../image/resample.ts'
import { encodeToLatents, type AutoencoderModel } from '../networks/image-autoencoder.ts'
import type { Sessions } from '../networks/sessions.ts'
import { cellMask } from '../values/latent-mask.ts'
import { sizeOfLatents, type Latents } from '../values/latents.ts'

/**
 * Pictures [batch, height, width, 3] as latents. Their middle is taken, with sides that are multiples of what the VAE
 * needs, so that pixels stay as they are; only a side that is shorter than that is stretched.
 */
export async function encodePictures(sessions: Sessions, vae: AutoencoderModel, image: ImageTensor): Promise<Tensor> {
  const cut = cutForLatents(withoutAlpha(image), latentScaleOf(vae.part.config))
  return encodeToLatents(sessions, vae, planesOf(cut, { low: 0, high: 1 }))
}

/** The middle of a picture or a mask with sides that are multiples of `scale`, at least that. */
export function cutForLatents(image: Tensor, scale: number): Tensor {
  const cut = cutToMultiple(image, 1, scale)
  const [, height = 0, width = 0] = cut.shape
  if (height >= scale && width >= scale) return cut
  return resample(cut, 1, { height: Math.max(scale, height), width: Math.max(scale, width) }, 'bilinear')
}

/** A mask in the size of a picture. */
export function maskFor(image: ImageTensor, mask: MaskTensor): MaskTensor {
  const { height, width } = sizeOfImage(image)
  return interpolate(mask, 1, { height, width }, 'bilinear')
}

/** A picture whose masked part, where the mask is above one half, is middle grey: nothing of it reaches the latents. */
export function greyWhereMasked(image: ImageTensor, mask: MaskTensor): ImageTensor {
  const cover = maskFor(image, mask).data
  const plain = withoutAlpha(image)
  const pixels = plain.data.map((value, i) => (numberAt(cover, Math.floor(i / 3) % cover.length) > 0.5 ? 0.5 : value))
  return float32(plain.shape, pixels)
}

/**
 * A mask grown by a square of `pixels`, one half of it to each side (the odd pixel to the right and below), and then
 * 0 or 1: what is repainted round a hole so that no seam is left in the latents.
 */
export function grownForLatents(mask: MaskTensor, pixels: number): MaskTensor {
  const [batch = 1, height = 1, width = 1] = mask.shape
  const hard = mask.data.map((value) => (value > 0.5 ? 1 : 0))
  if (pixels === 0) return float32(mask.shape, hard)
  const before = Math.ceil((pixels - 1) / 2)
  const spread = (source: Float32Array, length: number, step: number): Float32Array =>
    source.map((_, i) => {
      const at = Math.floor(i / step) % length
      for (let k = Math.max(0, at - before); k <= Math.min(length - 1, at - before + pixels - 1); k++) {
        if (source[i + (k - at) * step] === 1) return 1
      }
      return 0
    })
  return float32([batch, height, width], spread(spread(hard, width, 1), height, width))
}

/**
 * What an inpainting model takes beside its latents: the mask, 0 or 1, and the latents of the picture without what is
 * masked, [batch, 1 + channels, height, width] (Rombach et al. 2022, appendix D).
 */
export function besideChannels(mask: MaskTensor, masked: Tensor): Tensor {
  const { batch, channels, height, width } = sizeOfLatents(masked)
  const cells = height * width
  const cover = cellMask(mask, masked).data.map((value) => (value > 0.5 ? 1 : 0))
  const data = new Float32Array(batch * (channels + 1) * cells)
  for (let k = 0; k < batch; k++) {
    const start = k * (channels + 1) * cells
    const from = (k * cells) % cover.length
    data.set(cover.subarray(from, from + cells), start)
    data.set(masked.data.subarray(k * channels * cells, (k + 1) * channels * cells), start + cells)
  }
  return float32([batch, channels + 1, height, width], data)
}

/** What the VAE of Stable Diffusion 1 and 2 makes of middle grey, for each of its channels. */
const greyLatents = [0.8223, -0.6876, 0.6364, 0.138]

/**
 * The channels that lie beside the latents of a run, for a network that takes any: those of the conditioning; else the
 * noise mask and the latents that are repainted; else, without a mask, all of a grey picture. A network that takes
 * none is given none.
 * @throws RangeError for channels of another number or size than the network takes
 */
export function besideLatents(
  { inputChannels, latentChannels }: Pick<DenoiserNetwork, 'inputChannels' | 'latentChannels'>,
  { tensor, run, noiseMask }: Pick<Latents, 'tensor' | 'run' | 'noiseMask'>,
  conditioned: Tensor | undefined,
): Tensor | undefined {
  const wanted = inputChannels - latentChannels
  if (wanted === 0) return undefined
  const made = wanted === latentChannels + 1 ? ofRun(run?.clean ?? tensor, noiseMask) : undefined
  const beside = conditioned ?? made
  if (beside?.shape[1] !== wanted) {
    const count = beside?.shape[1]
    throw new RangeError(
      `This model takes ${wanted} channels beside its latents, but ${count === undefined ? 'nothing makes them' : `the conditioning has ${count}`}: it was trained for another kind of picture conditioning than inpainting`,
    )
  }
  const { height, width } = sizeOfLatents(tensor)
  return interpolate(beside, 2, { height, width }, 'bilinear')
}

function ofRun(latents: Tensor, mask: MaskTensor | undefined): Tensor {
  if (mask) return besideChannels(mask, latents)
  const { batch, channels, height, width } = sizeOfLatents(latents)
  const cells = height * width
  const data = Float32Array.from({ length: batch * (channels + 1) * cells }, (_, i) => {
    const channel = Math.floor(i / cells) % (channels + 1)
    return channel === 0 ? 1 : numberAt(greyLatents, channel - 1)
  })
  return float32([batch, channels + 1, height, width], data)
}
