import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { combineLatents } from '../../values/latent-operations.ts'
import { Latents } from '../../values/socket-types.ts'

/** The sum of two sets of latents, the second times a factor: -1 subtracts it. */
export const addLatents = defineNode({
  type: 'AddLatents',
  version: 1,
  category: 'latents',
  description:
    'The sum of two sets of latents, the second times a factor: -1 subtracts it. One b, such as a direction, is added to each of a batch of a.',
  aliases: ['LatentAdd', 'LatentSubtract'],
  inputs: { a: link(Latents), b: link(Latents), factor: float({ default: 1, min: -100, max: 100 }) },
  outputs: { latents: Latents },
  traits: ({ links: { a = {} } }) => ({ latents: a }),
  run: ({ a, b, factor }) => ({ latents: combineLatents(1, a, factor, b) }),
})
