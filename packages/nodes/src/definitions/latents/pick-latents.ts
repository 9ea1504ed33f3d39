import { int, link, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { pickLatents } from '../../values/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

/** Some latents of a batch. */
export const pickLatentsNode = defineNode({
  type: 'PickLatents',
  version: 1,
  category: 'latents',
  description: 'Some latents of a batch. 0 is the first, -1 the last.',
  aliases: ['LatentFromBatch'],
  inputs: {
    latents: link(Latents),
    first: int({ default: 0, min: -4096, max: 4096 }),
    count: int({ default: 1, min: 1, max: 4096 }),
    within: toggle({
      default: false,
      advanced: true,
      label: 'As many as there are',
      description: 'Whether what lies outside the batch is left out, in place of an error.',
    }),
  },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents: withoutSize(latents) }),
  run: ({ latents, first, count, within }) => ({ latents: pickLatents(latents, first, count, within) }),
})
