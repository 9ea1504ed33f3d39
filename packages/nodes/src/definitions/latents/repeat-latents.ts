import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { repeatBatch } from '../../tensor/batch.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

/** A batch of latents so many times over. */
export const repeatLatents = defineNode({
  type: 'RepeatLatents',
  version: 1,
  category: 'latents',
  description: 'A batch of latents so many times over.',
  aliases: ['RepeatLatentBatch'],
  inputs: { latents: link(Latents), times: int({ default: 2, min: 1, max: 4096 }) },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents: withoutSize(latents) }),
  run: ({ latents, times }) => ({ latents: { ...latents, tensor: repeatBatch(latents.tensor, times) } }),
})
