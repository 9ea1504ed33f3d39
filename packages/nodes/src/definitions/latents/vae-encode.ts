import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { latentScaleOf } from '../../architectures/autoencoder-kl/config.ts'
import { pictureOf, sizeOfImage } from '../../image/image.ts'
import { encodePictures } from '../../encoding/inpainting.ts'
import { Image, Latents, Vae } from '../../values/socket-types.ts'
import { concatBatch } from '../../tensor/index.ts'

/** Pictures as latents. */
export const vaeEncode = defineNode({
  type: 'VAEEncode',
  version: 1,
  category: 'latents',
  label: 'VAE encode',
  description:
    'Turns pictures into latents. Of a picture whose sides are no multiple of what the VAE needs, the middle is taken.',
  aliases: ['VAEEncode', 'img2img'],
  inputs: { vae: link(Vae), image: link(Image) },
  outputs: { latents: Latents },
  lane: 'gpu',
  traits: ({ links: { vae = {} } }) => ({ latents: vae }),
  async run({ vae, image }, { services, signal }) {
    const { batch } = sizeOfImage(image)
    const encoded = []
    for (let k = 0; k < batch; k++) {
      signal.throwIfAborted()
      encoded.push(await encodePictures(services.sessions, vae, pictureOf(image, k)))
    }
    return { latents: { tensor: concatBatch(encoded), scale: latentScaleOf(vae.part.config) } }
  },
})
