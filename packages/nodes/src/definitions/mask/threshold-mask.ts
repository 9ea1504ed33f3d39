import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { thresholdMask } from '../../image/mask.ts'
import { Mask } from '../../values/socket-types.ts'

/** A mask of 0 and 1 alone. */
export const threshold = defineNode({
  type: 'ThresholdMask',
  version: 1,
  category: 'mask',
  description: 'A mask of 0 and 1 alone.',
  aliases: ['binary'],
  inputs: { mask: link(Mask), threshold: float({ default: 0.5, min: 0, max: 1, slider: true }) },
  outputs: { mask: Mask },
  run: ({ mask, threshold }) => ({ mask: thresholdMask(mask, threshold) }),
})
