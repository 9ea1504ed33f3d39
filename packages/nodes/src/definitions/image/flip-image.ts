import { choice, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { flipImage } from '../../image/geometry.ts'
import { Image } from '../../values/socket-types.ts'

/** A picture as in a mirror. */
export const flipImageNode = defineNode({
  type: 'FlipImage',
  version: 1,
  category: 'image/transform',
  description: 'A picture as in a mirror.',
  aliases: ['ImageFlip', 'mirror'],
  inputs: { image: link(Image), direction: choice(['horizontal', 'vertical'], 'horizontal') },
  outputs: { image: Image },
  run: ({ image, direction }) => ({ image: flipImage(image, direction) }),
})
