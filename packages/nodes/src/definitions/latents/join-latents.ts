import { choice, link, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { joinLatents } from '../../values/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

/** Latents beside each other, or one below the other. */
export const joinLatentsNode = defineNode({
  type: 'JoinLatents',
  version: 1,
  category: 'latents/transform',
  description: 'Latents beside each other, or one below the other.',
  aliases: ['LatentConcat'],
  inputs: {
    first: link(Latents),
    second: link(Latents),
    direction: choice(['right', 'down'], 'right'),
    swapped: toggle({ default: false, advanced: true, label: 'The second one first' }),
  },
  outputs: { latents: Latents },
  traits: ({ links: { first = {} } }) => ({ latents: withoutSize(first) }),
  run: ({ first, second, direction, swapped }) => ({
    latents: swapped ? joinLatents(second, first, direction) : joinLatents(first, second, direction),
  }),
})
