import { listLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { batchLatents } from '../../values/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

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
