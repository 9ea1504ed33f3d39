import { numberAt } from '@patchbay/onnx/tensor'
import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { imageOfPlanes } from '../../image/image.ts'
import { decodeToImage } from '../../networks/image-autoencoder.ts'
import { findLatentMismatch } from '../../sampling/checks.ts'
import { estimateDecoding } from '../../sampling/estimates.ts'
import { findTooLargeToDecode, freeMemoryOf } from '../../sampling/memory-checks.ts'
import { Image, Latents, Vae } from '../../values/socket-types.ts'
import { concatBatch, sliceBatch } from '../../tensor/index.ts'

/** Latents as pictures. */
export const vaeDecode = defineNode({
  type: 'VAEDecode',
  version: 1,
  category: 'latents',
  label: 'VAE decode',
  description: 'Turns latents into pictures.',
  aliases: ['VAEDecode', 'first stage'],
  inputs: { vae: link(Vae), latents: link(Latents) },
  outputs: { image: Image },
  lane: 'gpu',
  validate: ({ links: { vae, latents } }, services) => [
    ...findLatentMismatch('VAE', vae, latents),
    ...findTooLargeToDecode(vae, latents, freeMemoryOf(services)),
  ],
  estimate: ({ links: { vae, latents } }, services) => estimateDecoding(vae, latents, services),
  async run({ vae, latents: { tensor } }, { services, signal, progress }) {
    const batch = numberAt(tensor.shape, 0)
    const pictures = []
    for (let k = 0; k < batch; k++) {
      signal.throwIfAborted()
      pictures.push(await decodeToImage(services.sessions, vae, sliceBatch(tensor, k, k + 1)))
      progress(k + 1, batch)
    }
    return { image: imageOfPlanes(concatBatch(pictures), { low: 0, high: 1 }) }
  },
})
