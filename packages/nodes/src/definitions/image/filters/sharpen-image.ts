import { choice, float, int, link } from '@patchbay/engine'
import { defineNode } from '../../../host/define-node.ts'
import { edgeRules, sharpen } from '../../../image/filter.ts'
import { Image } from '../../../values/socket-types.ts'

/** An unsharp mask. */
export const sharpenImage = defineNode({
  type: 'SharpenImage',
  version: 1,
  category: 'image/filter',
  description: 'An unsharp mask.',
  aliases: ['ImageSharpen', 'unsharp mask'],
  inputs: {
    image: link(Image),
    radius: float({ default: 1, min: 0.1, max: 1024, step: 0.1, unit: 'px' }),
    amount: float({ default: 1, min: 0, max: 50, step: 0.05 }),
    reach: int({
      default: 0,
      min: 0,
      max: 256,
      unit: 'px',
      advanced: true,
      description: 'How far it looks; 0 is three times the radius.',
    }),
    edges: choice(edgeRules, 'repeat', { advanced: true, description: 'What lies beyond the border of the picture.' }),
  },
  outputs: { image: Image },
  run: ({ image, radius, amount, ...settings }) => ({
    image: sharpen(image, radius, amount, settings),
  }),
})
