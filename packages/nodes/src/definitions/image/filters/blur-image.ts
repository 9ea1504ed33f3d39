import { choice, float, int, link } from '@patchbay/engine'
import { defineNode } from '../../../host/define-node.ts'
import { blur, edgeRules } from '../../../image/filter.ts'
import { Image } from '../../../values/socket-types.ts'

/** A Gaussian blur. */
export const blurImage = defineNode({
  type: 'BlurImage',
  version: 1,
  category: 'image/filter',
  description: 'A Gaussian blur.',
  aliases: ['ImageBlur', 'gaussian', 'soften'],
  inputs: {
    image: link(Image),
    radius: float({ default: 2, min: 0, max: 1024, step: 0.1, unit: 'px', description: 'The standard deviation.' }),
    reach: int({
      default: 0,
      min: 0,
      max: 256,
      unit: 'px',
      advanced: true,
      description: 'How far it looks; 0 is three standard deviations.',
    }),
    edges: choice(edgeRules, 'repeat', { advanced: true, description: 'What lies beyond the border of the picture.' }),
  },
  outputs: { image: Image },
  run: ({ image, radius, ...settings }) => ({ image: blur(image, radius, settings) }),
})
