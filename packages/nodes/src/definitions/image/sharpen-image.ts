import { float, link } from '@patchbay/engine'
import { defineNode } from '../../define-node.ts'
import { sharpen } from '../../image/filter.ts'
import { Image } from '../../socket-types.ts'

/** An unsharp mask. */
export const sharpenImage = defineNode({
  type: 'SharpenImage',
  version: 1,
  category: 'image/filter',
  description: 'An unsharp mask.',
  aliases: ['ImageSharpen', 'unsharp mask'],
  inputs: {
    image: link(Image),
    radius: float({ default: 1, min: 0.1, max: 64, step: 0.1, unit: 'px' }),
    amount: float({ default: 1, min: 0, max: 10, step: 0.05 }),
  },
  outputs: { image: Image },
  run: ({ image, radius, amount }) => ({ image: sharpen(image, radius, amount) }),
})
