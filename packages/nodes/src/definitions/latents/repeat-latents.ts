import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { repeatLatents } from '../../values/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

/** A batch of latents so many times over. */
export const repeatLatentsNode = defineNode({
  type: 'RepeatLatents',
  version: 1,
  category: 'latents',
  description: 'A batch of latents so many times over.',
  aliases: ['RepeatLatentBatch'],
  inputs: { latents: link(Latents), times: int({ default: 2, min: 1, max: 4096 }) },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents: withoutSize(latents) }),
  run: ({ latents, times }) => ({ latents: repeatLatents(latents, times) }),
})
