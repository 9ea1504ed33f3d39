import { float, link } from '@patchbay/engine'
import { defineNode } from '../../define-node.ts'
import { combineLatents } from '../../sampling/latent-operations.ts'
import { Latents } from '../../socket-types.ts'

/** Two sets of latents mixed: 0 is the first, 1 the second. */
export const blendLatents = defineNode({
  type: 'BlendLatents',
  version: 1,
  category: 'latents',
  description: 'Two sets of latents mixed: 0 is the first, 1 the second.',
  aliases: ['LatentBlend', 'LatentInterpolate', 'mix'],
  inputs: { a: link(Latents), b: link(Latents), amount: float({ default: 0.5, min: 0, max: 1, slider: true }) },
  outputs: { latents: Latents },
  traits: ({ links: { a = {} } }) => ({ latents: a }),
  run: ({ a, b, amount }) => ({ latents: combineLatents(1 - amount, a, amount, b) }),
})
