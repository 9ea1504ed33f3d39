import { choice, int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { cornerShapes, growMask } from '../../image/mask.ts'
import { Mask } from '../../values/socket-types.ts'

/** A mask grown by some pixels, or shrunk by a negative number. */
export const grow = defineNode({
  type: 'GrowMask',
  version: 1,
  category: 'mask',
  description: 'A mask grown by some pixels, or shrunk by a negative number.',
  aliases: ['expand', 'shrink', 'dilate', 'erode'],
  inputs: {
    mask: link(Mask),
    pixels: int({ default: 8, min: -16384, max: 16384, unit: 'px' }),
    corners: choice(cornerShapes, 'round'),
  },
  outputs: { mask: Mask },
  run: ({ mask, pixels, corners }) => ({ mask: growMask(mask, pixels, corners) }),
})
