import { listLink } from '@patchbay/engine'
import { defineNode } from '../../define-node.ts'
import { batchLatents } from '../../sampling/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../socket-types.ts'

/** Latents as one batch. */
export const batchLatentsNode = defineNode({
  type: 'BatchLatents',
  version: 1,
  category: 'latents',
  description: 'Latents as one batch.',
  aliases: ['LatentBatch'],
  inputs: { latents: listLink(Latents) },
  outputs: { batch: Latents },
  traits: ({ links: { latents = {} } }) => ({ batch: withoutSize(latents) }),
  run: ({ latents }) => ({ batch: batchLatents(latents) }),
})
