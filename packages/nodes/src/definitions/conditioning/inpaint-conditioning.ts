import { link, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { latentScaleOf } from '../../architectures/autoencoder-kl/config.ts'
import { withEach } from '../../values/conditioning.ts'
import { besideChannels, cutForLatents, encodePictures, greyWhereMasked, maskFor } from '../../encoding/inpainting.ts'
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
    limit: toggle({
      default: true,
      advanced: true,
      label: 'Keep the rest',
      description: 'Whether sampling leaves what the mask does not cover as it is; off, the model alone decides.',
    }),
  },
  outputs: { positive: Conditioning, negative: Conditioning, latents: Latents },
  lane: 'gpu',
  traits: ({ links: { positive = {}, negative = {}, vae = {} } }) => ({ positive, negative, latents: vae }),
  async run({ positive, negative, vae, image, mask, limit }, { services }) {
    const scale = latentScaleOf(vae.part.config)
    const cover = cutForLatents(maskFor(image, mask), scale)
    const masked = await encodePictures(services.sessions, vae, greyWhereMasked(image, mask))
    const tensor = await encodePictures(services.sessions, vae, image)
    const beside = besideChannels(cover, masked)
    const latents = { tensor, scale, ...(limit && { noiseMask: cover }) }
    return { positive: withEach(positive, { beside }), negative: withEach(negative, { beside }), latents }
  },
})
