import { color, int, link } from '@patchbay/engine'
import { formulasInput } from '../formulas-input.ts'
import { defineNode } from '../../host/define-node.ts'
import { padForOutpainting } from '../../image/outpaint.ts'
import { padForOutpaintingAsComfy } from '../../image/comfyui/masks.ts'
import { Image, Mask } from '../../values/socket-types.ts'

/** A picture with a margin, and a mask of what is new: for painting beyond the edge. */
export const padImage = defineNode({
  type: 'PadImage',
  version: 1,
  category: 'image/transform',
  description: 'A picture with a margin, and a mask of what is new: for painting beyond the edge.',
  aliases: ['ImagePadForOutpaint', 'outpaint', 'extend', 'margin'],
  inputs: {
    image: link(Image),
    left: int({ default: 0, min: 0, max: 16384, unit: 'px' }),
    top: int({ default: 0, min: 0, max: 16384, unit: 'px' }),
    right: int({ default: 0, min: 0, max: 16384, unit: 'px' }),
    bottom: int({ default: 0, min: 0, max: 16384, unit: 'px' }),
    feather: int({ default: 0, min: 0, max: 16384, unit: 'px' }),
    color: color({ default: '#808080' }),
    formulas: formulasInput(),
  },
  outputs: { image: Image, mask: Mask },
  run: ({ image, feather, color, formulas, ...margin }) =>
    formulas === 'comfyui'
      ? padForOutpaintingAsComfy(image, margin, feather)
      : padForOutpainting(image, margin, { feather, color }),
})
