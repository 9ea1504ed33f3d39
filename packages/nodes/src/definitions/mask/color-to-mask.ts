import { color, float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { maskOfColor } from '../../image/mask.ts'
import { Image, Mask } from '../../values/socket-types.ts'

/** Where a picture has a colour. */
export const colorToMask = defineNode({
  type: 'ColorToMask',
  version: 1,
  category: 'mask',
  description: 'Where a picture has a colour.',
  aliases: ['ImageColorToMask', 'chroma key', 'green screen'],
  inputs: {
    image: link(Image),
    color: color({ default: '#ff0000' }),
    tolerance: float({ default: 0.05, min: 0, max: 1, step: 0.01, slider: true }),
  },
  outputs: { mask: Mask },
  run: ({ image, color, tolerance }) => ({ mask: maskOfColor(image, color, tolerance) }),
})
