import { float, link } from '@patchbay/engine'
import { defineNode } from '../../define-node.ts'
import { blur } from '../../image/filter.ts'
import { Image } from '../../socket-types.ts'

/** A Gaussian blur. */
export const blurImage = defineNode({
  type: 'BlurImage',
  version: 1,
  category: 'image/filter',
  description: 'A Gaussian blur.',
  aliases: ['ImageBlur', 'gaussian', 'soften'],
  inputs: {
    image: link(Image),
    radius: float({ default: 2, min: 0, max: 256, step: 0.1, unit: 'px', description: 'The standard deviation.' }),
  },
  outputs: { image: Image },
  run: ({ image, radius }) => ({ image: blur(image, radius) }),
})
