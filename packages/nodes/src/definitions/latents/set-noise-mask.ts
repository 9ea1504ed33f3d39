import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Latents, Mask } from '../../values/socket-types.ts'

/** Limits sampling to where a mask is 1: the rest comes back as it was. */
export const setNoiseMask = defineNode({
  type: 'SetNoiseMask',
  version: 1,
  category: 'latents',
  description: 'Limits sampling to where a mask is 1: the rest comes back as it was.',
  aliases: ['SetLatentNoiseMask', 'inpaint'],
  inputs: { latents: link(Latents), mask: link(Mask) },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents }),
  run: ({ latents, mask }) => ({ latents: { ...latents, noiseMask: mask } }),
})
