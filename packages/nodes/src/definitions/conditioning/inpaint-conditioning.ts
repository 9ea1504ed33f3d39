import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { latentScaleOf } from '../../architectures/autoencoder-kl/config.ts'
import { withEach } from '../../values/conditioning.ts'
import { besideChannels, encodePictures, greyWhereMasked } from '../../encoding/inpainting.ts'
import { Conditioning, Image, Latents, Mask, Vae } from '../../values/socket-types.ts'

/** Prompts and latents for an inpainting model, which sees the mask and what is round it. */
export const inpaintConditioning = defineNode({
  type: 'InpaintConditioning',
  version: 1,
  category: 'conditioning',
  description: 'Prompts and latents for an inpainting model, which sees the mask and what is round it.',
  aliases: ['InpaintModelConditioning'],
  inputs: {
    positive: link(Conditioning),
    negative: link(Conditioning),
    vae: link(Vae),
    image: link(Image),
    mask: link(Mask),
  },
  outputs: { positive: Conditioning, negative: Conditioning, latents: Latents },
  lane: 'gpu',
  traits: ({ links: { positive = {}, negative = {}, vae = {} } }) => ({ positive, negative, latents: vae }),
  async run({ positive, negative, vae, image, mask }, { services }) {
    const masked = await encodePictures(services.sessions, vae, greyWhereMasked(image, mask))
    const tensor = await encodePictures(services.sessions, vae, image)
    const beside = besideChannels(mask, masked)
    const latents = { tensor, scale: latentScaleOf(vae.part.config), noiseMask: mask }
    return { positive: withEach(positive, { beside }), negative: withEach(negative, { beside }), latents }
  },
})
