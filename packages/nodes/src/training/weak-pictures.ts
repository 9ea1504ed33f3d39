import { numberAt } from '@patchbay/onnx/tensor'
import type { RunContext } from '@patchbay/engine'
import { bytesOf, sizeOfImage } from '../image/image.ts'
import { createCaptionEncoder } from '../encoding/encode-captions.ts'
import type { AutoencoderModel } from '../networks/image-autoencoder.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'
import type { Services } from '../host/services.ts'
import type { Dataset } from '../dataset/dataset.ts'
import { latentSideOf } from './denoiser-in-training.ts'
import { pictureBatch, type BatchSettings, type PictureBatch } from './batches/picture-batch.ts'
import { sampleModel } from './sample-model.ts'

export interface WeakGenerator {
  readonly dataset: Dataset
  readonly model: DiffusionModel
  readonly textEncoder: TextEncoderModel
  readonly vae: AutoencoderModel
  /** Few of them make it weak. */
  readonly steps: number
  readonly count: number
  readonly seed: bigint
}

const atOnce = 16

/**
 * Pictures that a model makes of captions of a data set in few steps, as a set of their own: varied as the real ones
 * are.
 */
export async function weakPictures(
  { dataset, model, textEncoder, vae, steps, count, seed }: WeakGenerator,
  { services, signal, progress }: RunContext<Services>,
): Promise<{ batch(settings: BatchSettings): PictureBatch }> {
  const { size } = dataset
  const side = latentSideOf(dataset, vae)
  const encodeCaptions = createCaptionEncoder(services, textEncoder)
  const pixels = new Uint8Array(count * size * size * 4).fill(255)
  const pictures: { row: number; captions: readonly string[] }[] = []
  for (let first = 0; first < count; first += atOnce) {
    const batch = Math.min(atOnce, count - first)
    const { captions } = pictureBatch(dataset, { seed: seed ^ 1n, step: first, batch })
    const noiseSeed = Number(seed % 2n ** 32n) + first
    const request = { vae, encodeCaptions, prompts: captions, side, signal, steps, seed: noiseSeed }
    const image = await sampleModel(services, model, request)
    const { channels } = sizeOfImage(image)
    const bytes = bytesOf(image.data)
    for (let pixel = 0; pixel < batch * size * size; pixel++) {
      for (let c = 0; c < 3; c++) pixels[(first * size * size + pixel) * 4 + c] = numberAt(bytes, pixel * channels + c)
    }
    pictures.push(...captions.map((caption, k) => ({ row: first + k, captions: [caption] })))
    progress(first + batch, count, 'generating')
  }
  const set = { ...dataset, title: 'generated', pixels, pictures }
  return { batch: (settings) => pictureBatch(set, settings) }
}
