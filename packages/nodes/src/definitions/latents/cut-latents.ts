import { choice, int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { cutLatents } from '../../values/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

/** Some columns or rows of latents, counted in cells. */
export const cutLatentsNode = defineNode({
  type: 'CutLatents',
  version: 1,
  category: 'latents/transform',
  description: 'Some columns or rows of latents, counted in cells; a negative first one counts from the end.',
  aliases: ['LatentCut'],
  inputs: {
    latents: link(Latents),
    axis: choice(['columns', 'rows'], 'columns'),
    first: int({ default: 0, min: -16384, max: 16384 }),
    count: int({ default: 1, min: 1, max: 16384 }),
  },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents: withoutSize(latents) }),
  run: ({ latents, axis, first, count }) => ({ latents: cutLatents(latents, axis, first, count) }),
})
