import { float, link, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { combineLatents, interpolateLatents } from '../../values/latent-operations.ts'
import { Latents } from '../../values/socket-types.ts'

/** Two sets of latents mixed: 0 is the first, 1 the second. */
export const blendLatents = defineNode({
  type: 'BlendLatents',
  version: 1,
  category: 'latents',
  description: 'Two sets of latents mixed: 0 is the first, 1 the second.',
  aliases: ['LatentBlend', 'LatentInterpolate', 'mix'],
  inputs: {
    a: link(Latents),
    b: link(Latents),
    amount: float({ default: 0.5, min: 0, max: 1, slider: true }),
    keepLength: toggle({
      default: false,
      advanced: true,
      description: 'Mixes directions and lengths apart, so that a blend of two noises is no weaker than they are.',
    }),
  },
  outputs: { latents: Latents },
  traits: ({ links: { a = {} } }) => ({ latents: a }),
  run: ({ a, b, amount, keepLength }) => ({
    latents: keepLength ? interpolateLatents(a, b, amount) : combineLatents(1 - amount, a, amount, b),
  }),
})
