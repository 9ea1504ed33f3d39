import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { meanLatents } from '../../values/latent-mean.ts'
import { Latents } from '../../values/socket-types.ts'

/** The mean of a batch of latents. */
export const meanLatentsNode = defineNode({
  type: 'MeanLatents',
  version: 1,
  category: 'latents',
  label: 'Mean latents',
  description:
    'The mean of a batch of latents, as one: what its pictures have in common. Decoded by a VAE of few latents it is an average picture; by one of many it is a blur.',
  aliases: ['average latents', 'centroid'],
  inputs: { latents: link(Latents) },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents }),
  run: ({ latents }) => ({ latents: meanLatents(latents) }),
})
