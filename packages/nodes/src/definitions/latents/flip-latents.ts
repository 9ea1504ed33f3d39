import { choice, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { flipLatents } from '../../values/latent-operations.ts'
import { Latents } from '../../values/socket-types.ts'

/** Latents as in a mirror. */
export const flipLatentsNode = defineNode({
  type: 'FlipLatents',
  version: 1,
  category: 'latents/transform',
  description: 'Latents as in a mirror.',
  aliases: ['LatentFlip', 'mirror'],
  inputs: { latents: link(Latents), direction: choice(['horizontal', 'vertical'], 'horizontal') },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents }),
  run: ({ latents, direction }) => ({ latents: flipLatents(latents, direction) }),
})
