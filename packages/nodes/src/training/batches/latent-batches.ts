import { float32 } from '@patchbay/onnx/tensor'
import { encodeToLatents, type AutoencoderModel } from '../../networks/image-autoencoder.ts'
import type { Sessions } from '../../networks/sessions.ts'
import { map } from '../../tensor/index.ts'
import type { Dataset } from '../../dataset/dataset.ts'
import type { PictureBatch } from './picture-batch.ts'

/**
 * The latents of batches, as the denoiser has them: [batch, channels, side, side]. Where pictures are not varied each
 * is encoded once.
 */
export function createLatentEncoder(
  sessions: Sessions,
  vae: AutoencoderModel,
  { size, augmentation }: Dataset,
): (batch: PictureBatch) => Promise<Float32Array> {
  const isVaried = Object.values(augmentation).some((amount: number) => amount > 0)
  const known = new Map<number, Float32Array>()
  const area = 3 * size * size
  const encode = async (pictures: Float32Array): Promise<Float32Array> => {
    const image = map(float32([pictures.length / area, 3, size, size], pictures), (value) => (value + 1) / 2)
    return (await encodeToLatents(sessions, vae, image)).data
  }
  return async ({ chosen, pictures }) => {
    if (isVaried) return encode(pictures)
    for (const [i, place] of chosen.entries()) {
      // One by one: in a batch the last bits depend on the other pictures, and a training that goes on has other ones
      // missing.
      if (!known.has(place)) known.set(place, await encode(pictures.subarray(i * area, (i + 1) * area)))
    }
    const parts = chosen.flatMap((place) => known.get(place) ?? [])
    const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
    for (const [i, values] of parts.entries()) all.set(values, i * values.length)
    return all
  }
}
