import { choice, color, int, listLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { colorOf } from '../../image/composite.ts'
import { joinImages } from '../../image/geometry.ts'
import { Image } from '../../values/socket-types.ts'

/** Pictures side by side, or one below the other, in the order of their links. */
export const joinImagesNode = defineNode({
  type: 'JoinImages',
  version: 1,
  category: 'image/layers',
  description: 'Pictures side by side, or one below the other, in the order of their links.',
  aliases: ['ImageStitch', 'concatenate', 'compare', 'side by side'],
  inputs: {
    images: listLink(Image),
    direction: choice(['right', 'down'], 'right'),
    gap: int({ default: 0, min: 0, max: 1024, unit: 'px' }),
    color: color({ default: '#ffffff' }),
  },
  outputs: { image: Image },
  run: ({ images, direction, gap, color }) => ({
    image: joinImages(images, direction, { gap, fill: [...colorOf(color), 1] }),
  }),
})
