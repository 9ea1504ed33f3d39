import { link } from '@patchbay/engine'
import { defineNode } from '../../define-node.ts'
import { planesOf, sizeOfImage, withoutAlpha } from '../../image/image.ts'
import { resizeImage } from '../../image/resample.ts'
import { encodeToLatents } from '../../models/image-autoencoder.ts'
import { Image, Latents, Vae } from '../../socket-types.ts'
import { concatBatch, sliceBatch } from '../../tensor/index.ts'

/** Pictures as latents. */
export const vaeEncode = defineNode({
  type: 'VAEEncode',
  version: 1,
  category: 'latents',
  label: 'VAE encode',
  description:
    'Turns pictures into latents. A picture whose sides are no multiple of what the VAE needs is resized to the nearest that are.',
  aliases: ['VAEEncode', 'img2img'],
  inputs: { vae: link(Vae), image: link(Image) },
  outputs: { latents: Latents },
  lane: 'gpu',
  traits: ({ links: { vae = {} } }) => ({ latents: vae }),
  async run({ vae, image }, { services, signal }) {
    const scale = 2 ** (vae.part.config.blockOutChannels.length - 1)
    const { batch, height, width } = sizeOfImage(image)
    const fitting = (length: number) => Math.max(scale, Math.round(length / scale) * scale)
    const sized = resizeImage(withoutAlpha(image), { height: fitting(height), width: fitting(width) }, 'lanczos')
    const planes = planesOf(sized, { low: 0, high: 1 })
    const encoded = []
    for (let k = 0; k < batch; k += 1) {
      signal.throwIfAborted()
      encoded.push(await encodeToLatents(services.sessions, vae, sliceBatch(planes, k, k + 1)))
    }
    return { latents: { tensor: concatBatch(encoded), scale } }
  },
})
