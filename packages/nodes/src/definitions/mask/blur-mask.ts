import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { blur } from '../../image/filter.ts'
import { Mask } from '../../values/socket-types.ts'

/** A mask with soft edges. */
export const blurMask = defineNode({
  type: 'BlurMask',
  version: 1,
  category: 'mask',
  description: 'A mask with soft edges.',
  aliases: ['soften', 'feather'],
  inputs: { mask: link(Mask), radius: float({ default: 4, min: 0, max: 256, step: 0.1, unit: 'px' }) },
  outputs: { mask: Mask },
  run: ({ mask, radius }) => ({ mask: blur(mask, radius) }),
})
