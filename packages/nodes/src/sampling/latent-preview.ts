import type { Preview } from '@patchbay/engine'
import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import { denoisedChannelsOf } from '../architectures/autoencoder-kl/config.ts'
import { encodeImage } from '../image/codec.ts'
import { imageOfPlanes, sizeOfImage, type ImageTensor } from '../image/image.ts'
import { resample, resizeImage } from '../image/resample.ts'
import { decodeToImage, type AutoencoderModel } from '../networks/image-autoencoder.ts'
import type { Sessions } from '../networks/sessions.ts'
import { solveLinear } from '../maths/linear-system.ts'
import { initialNoise } from '../random/index.ts'
import { sizeOfLatents } from '../values/latents.ts'

/** Red, green and blue, 0 to 1, as sums over channels: rgb[c] = bias[c] + Σ weights[channel][c] · latent. */
export interface LatentProjection {
  readonly weights: readonly (readonly [number, number, number])[]
  readonly bias: readonly [number, number, number]
}

/** Longest side of a preview. */
const previewSize = 192

/** Small pictures of latents, one for each of the batch: a linear projection, enlarged smoothly. */
export async function previewsOf(latents: Tensor, projection: LatentProjection): Promise<Preview[]> {
  const { height, width } = sizeOfLatents(latents)
  const factor = Math.max(1, Math.floor(previewSize / Math.max(height, width)))
  const size = { height: height * factor, width: width * factor }
  return encodedPreviews(resizeImage(projected(latents, projection), size, 'bilinear'))
}

/** Latents of at most this many on a side are decoded for a preview, so that it costs little beside a step. */
const decodedCells = 32

/**
 * Small pictures of latents by a decoder, which gives 0 to 1: truer than a projection, and quick where the decoder is
 * small.
 */
export async function decodedPreviewsOf(
  latents: Tensor,
  decode: (latents: Tensor) => Promise<Tensor>,
): Promise<Preview[]> {
  const { height, width } = sizeOfLatents(latents)
  const factor = Math.min(1, decodedCells / Math.max(height, width))
  const size = { height: Math.max(1, Math.round(height * factor)), width: Math.max(1, Math.round(width * factor)) }
  const small = factor === 1 ? latents : resample(latents, 2, size, 'area')
  return encodedPreviews(imageOfPlanes(await decode(small), { low: 0, high: 1 }))
}

function encodedPreviews(image: ImageTensor): Promise<Preview[]> {
  const { batch, height, width } = sizeOfImage(image)
  return Promise.all(
    Array.from({ length: batch }, async (_, index) => ({
      mime: 'image/webp',
      width,
      height,
      index,
      bytes: new Uint8Array(await encodeImage(image, index, { format: 'webp', quality: 70 })),
    })),
  )
}

/** [batch, height, width, 3] */
export function projected(latents: Tensor, { weights, bias }: LatentProjection): Tensor {
  const { batch, channels, height, width } = sizeOfLatents(latents)
  const pixels = height * width
  const planes = new Float32Array(batch * 3 * pixels)
  for (let k = 0; k < batch; k++) {
    for (let c = 0; c < 3; c++) {
      const target = planes.subarray((k * 3 + c) * pixels, (k * 3 + c + 1) * pixels).fill(numberAt(bias, c))
      for (let channel = 0; channel < channels; channel++) {
        const weight = weights[channel]?.[c] ?? 0
        const from = (k * channels + channel) * pixels
        for (let i = 0; i < pixels; i++) target[i] = numberAt(target, i) + weight * numberAt(latents.data, from + i)
      }
    }
  }
  return imageOfPlanes(float32([batch, 3, height, width], planes), { low: 0, high: 1 })
}

/**
 * The linear projection that comes nearest to a decoder: ridge regression of decoded noise, averaged over the pixels
 * of each latent, on that noise and a smooth version of it.
 */
export async function fitProjection(sessions: Sessions, autoencoder: AutoencoderModel): Promise<LatentProjection> {
  const channels = denoisedChannelsOf(autoencoder.part.config)
  const rough = initialNoise({ seed: 0, shape: [6, channels, 8, 8] })
  const patches = initialNoise({ seed: 100, shape: [6, channels, 2, 2] })
  const smooth = resample(patches, 2, { height: 8, width: 8 }, 'nearest')
  const latents = float32([12, channels, 8, 8], Float32Array.of(...rough.data, ...smooth.data))
  const decoded = await decodeToImage(sessions, autoencoder, latents)
  return regression(latents, resample(decoded, 2, { height: 8, width: 8 }, 'area'))
}

function regression(latents: Tensor, rgb: Tensor): LatentProjection {
  const { batch, channels, height, width } = sizeOfLatents(latents)
  const pixels = height * width
  const size = channels + 1
  const square = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j): number => (i === j ? 1e-3 : 0)),
  )
  const right = Array.from({ length: size }, () => [0, 0, 0])
  for (let k = 0; k < batch; k++) {
    for (let p = 0; p < pixels; p++) {
      const features = Array.from({ length: size }, (_, i) =>
        i < channels ? numberAt(latents.data, (k * channels + i) * pixels + p) : 1,
      )
      for (const [i, a] of features.entries()) {
        for (const [j, b] of features.entries()) square[i]?.splice(j, 1, numberAt(square[i], j) + a * b)
        for (let c = 0; c < 3; c++)
          right[i]?.splice(c, 1, numberAt(right[i], c) + a * numberAt(rgb.data, (k * 3 + c) * pixels + p))
      }
    }
  }
  const [red = [], green = [], blue = []] = [0, 1, 2].map((c) =>
    solveLinear(
      square,
      right.map((row) => numberAt(row, c)),
    ),
  )
  const solved = red.map((r, i) => [r, numberAt(green, i), numberAt(blue, i)] as const)
  return { weights: solved.slice(0, channels), bias: solved[channels] ?? [0.5, 0.5, 0.5] }
}
