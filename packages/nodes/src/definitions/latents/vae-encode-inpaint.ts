import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { latentScaleOf } from '../../architectures/autoencoder-kl/config.ts'
import { cutForLatents, encodePictures, greyWhereMasked, grownForLatents, maskFor } from '../../encoding/inpainting.ts'
import { Image, Latents, Mask, Vae } from '../../values/socket-types.ts'

/**
 * Pictures as latents for repainting what a mask covers: that part is made grey before, and sampling changes it alone.
 */
export const vaeEncodeInpaint = defineNode({
  type: 'VAEEncodeInpaint',
  version: 1,
  category: 'latents',
  label: 'VAE encode for inpainting',
  description:
    'Pictures as latents for repainting what a mask covers: that part is made grey before, and sampling changes it and half of the growth on each side.',
  aliases: ['VAEEncodeForInpaint'],
  inputs: {
    vae: link(Vae),
    image: link(Image),
    mask: link(Mask),
    grow: int({ default: 6, min: 0, max: 64, unit: 'px' }),
  },
  outputs: { latents: Latents },
  lane: 'gpu',
  traits: ({ links: { vae = {} } }) => ({ latents: vae }),
  async run({ vae, image, mask, grow }, { services }) {
    const scale = latentScaleOf(vae.part.config)
    const noiseMask = grownForLatents(cutForLatents(maskFor(image, mask), scale), grow)
    const tensor = await encodePictures(services.sessions, vae, greyWhereMasked(image, mask))
    return { latents: { tensor, scale, noiseMask } }
  },
})
