import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { planesOf, withoutAlpha, type ImageTensor, type MaskTensor } from '../image/image.ts'
import { sizedLike } from '../image/filter.ts'
import { resample } from '../image/resample.ts'
import { encodeToLatents, type AutoencoderModel } from '../networks/image-autoencoder.ts'
import type { Sessions } from '../networks/sessions.ts'
import { latentScaleOf } from '../architectures/autoencoder-kl/config.ts'
import { sizeOfLatents } from '../values/latents.ts'

/** Pictures [batch, height, width, 3] as latents; the sides become multiples of what the VAE needs. */
export async function encodePictures(sessions: Sessions, vae: AutoencoderModel, image: ImageTensor): Promise<Tensor> {
  const scale = latentScaleOf(vae.part.config)
  const [, height = 0, width = 0] = image.shape
  const fitting = (length: number) => Math.max(scale, Math.round(length / scale) * scale)
  const sized = resample(withoutAlpha(image), 1, { height: fitting(height), width: fitting(width) }, 'area')
  return encodeToLatents(sessions, vae, planesOf(sized, { low: 0, high: 1 }))
}

/** A picture whose masked part is middle grey, so that nothing of it reaches the latents. */
export function greyWhereMasked(image: ImageTensor, mask: MaskTensor): ImageTensor {
  const [, height = 0, width = 0] = image.shape
  const cover = sizedLike(mask, { height, width }).data
  const plain = withoutAlpha(image)
  const pixels = plain.data.map((value, i) => ((cover[Math.floor(i / 3) % cover.length] ?? 0) >= 0.5 ? 0.5 : value))
  return float32(plain.shape, pixels)
}

/**
 * What an inpainting model takes beside its latents: the mask, and the latents of the picture without what is masked,
 * [batch, 1 + channels, height, width] (Rombach et al. 2022, appendix D).
 */
export function besideChannels(mask: MaskTensor, masked: Tensor): Tensor {
  const { batch, channels, height, width } = sizeOfLatents(masked)
  const cells = height * width
  const cover = resample(mask, 1, { height, width }, 'area').data.map((value) => (value >= 0.5 ? 1 : 0))
  const data = new Float32Array(batch * (channels + 1) * cells)
  for (let k = 0; k < batch; k++) {
    const start = k * (channels + 1) * cells
    const from = (k * cells) % cover.length
    data.set(cover.subarray(from, from + cells), start)
    data.set(masked.data.subarray(k * channels * cells, (k + 1) * channels * cells), start + cells)
  }
  return float32([batch, channels + 1, height, width], data)
}
