import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { cropImage } from '../../image/geometry.ts'
import { Mask } from '../../values/socket-types.ts'

/** A rectangle of a mask. */
export const cropMask = defineNode({
  type: 'CropMask',
  version: 1,
  category: 'mask',
  description: 'A rectangle of a mask.',
  aliases: ['cut'],
  inputs: {
    mask: link(Mask),
    x: int({ default: 0, min: -16384, max: 16384, unit: 'px' }),
    y: int({ default: 0, min: -16384, max: 16384, unit: 'px' }),
    width: int({ default: 512, min: 1, max: 16384, unit: 'px' }),
    height: int({ default: 512, min: 1, max: 16384, unit: 'px' }),
  },
  outputs: { mask: Mask },
  run: ({ mask, ...rectangle }) => ({ mask: cropImage(mask, rectangle) }),
})
