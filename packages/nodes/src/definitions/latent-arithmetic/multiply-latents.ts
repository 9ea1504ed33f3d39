import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { multiplyLatents } from '../../values/latent-operations.ts'
import { Latents } from '../../values/socket-types.ts'

/** Latents times a factor. */
export const multiplyLatentsNode = defineNode({
  type: 'MultiplyLatents',
  version: 1,
  category: 'latents',
  description: 'Latents times a factor.',
  aliases: ['LatentMultiply'],
  inputs: { latents: link(Latents), factor: float({ default: 1, min: -10, max: 10 }) },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents }),
  run: ({ latents, factor }) => ({ latents: multiplyLatents(latents, factor) }),
})
