import { choice, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { turnLatents } from '../../values/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

/** Latents turned clockwise by quarters. */
export const turnLatentsNode = defineNode({
  type: 'TurnLatents',
  version: 1,
  category: 'latents/transform',
  description: 'Latents turned clockwise by quarters.',
  aliases: ['LatentRotate', 'rotate'],
  inputs: { latents: link(Latents), turn: choice(['0°', '90°', '180°', '270°'], '90°') },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents: withoutSize(latents) }),
  run: ({ latents, turn }) => ({ latents: turnLatents(latents, Number.parseInt(turn, 10) / 90) }),
})
