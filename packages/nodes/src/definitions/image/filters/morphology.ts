import { choice, int, link } from '@patchbay/engine'
import { defineNode } from '../../../host/define-node.ts'
import { morphologies, morphology } from '../../../image/morphology.ts'
import { Image } from '../../../values/socket-types.ts'

/** Grows or shrinks what is bright in a picture, or shows what that changes. */
export const applyMorphology = defineNode({
  type: 'ApplyMorphology',
  version: 1,
  category: 'image/filter',
  description: 'Grows or shrinks what is bright in a picture by a square, or shows what that changes.',
  aliases: ['Morphology', 'erode', 'dilate', 'opening', 'closing'],
  inputs: {
    image: link(Image),
    operation: choice(morphologies, 'dilate'),
    size: int({ default: 3, min: 1, max: 999, unit: 'px' }),
  },
  outputs: { image: Image },
  run: ({ image, operation, size }) => ({ image: morphology(image, operation, size) }),
})
