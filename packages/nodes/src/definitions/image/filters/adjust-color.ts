import { float, link } from '@patchbay/engine'
import { defineNode } from '../../../host/define-node.ts'
import { adjustColor } from '../../../image/filter.ts'
import { Image } from '../../../values/socket-types.ts'

/** Brightness, contrast, saturation, hue, gamma and temperature. */
export const adjustColorNode = defineNode({
  type: 'AdjustColor',
  version: 1,
  category: 'image/filter',
  description: 'Brightness, contrast, saturation, hue, gamma and temperature.',
  aliases: ['color correct', 'brightness', 'contrast', 'saturation', 'hue'],
  inputs: {
    image: link(Image),
    brightness: float({ default: 0, min: -1, max: 1, slider: true }),
    contrast: float({ default: 1, min: 0, max: 4, slider: true }),
    saturation: float({ default: 1, min: 0, max: 4, slider: true }),
    hue: float({ default: 0, min: -180, max: 180, step: 1, unit: '°', slider: true }),
    gamma: float({ default: 1, min: 0.1, max: 10, advanced: true }),
    temperature: float({ default: 0, min: -1, max: 1, advanced: true }),
  },
  outputs: { image: Image },
  run: ({ image, ...settings }) => ({ image: adjustColor(image, settings) }),
})
