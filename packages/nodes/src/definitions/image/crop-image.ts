import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { cropImage } from '../../image/geometry.ts'
import { Image } from '../../values/socket-types.ts'

/** A rectangle of a picture. */
export const cropImageNode = defineNode({
  type: 'CropImage',
  version: 1,
  category: 'image/transform',
  description: 'A rectangle of a picture. What lies outside of it is left out.',
  aliases: ['ImageCrop', 'cut'],
  inputs: {
    image: link(Image),
    x: int({ default: 0, min: -16384, max: 16384, unit: 'px' }),
    y: int({ default: 0, min: -16384, max: 16384, unit: 'px' }),
    width: int({ default: 512, min: 1, max: 16384, unit: 'px' }),
    height: int({ default: 512, min: 1, max: 16384, unit: 'px' }),
  },
  outputs: { image: Image },
  run: ({ image, ...rectangle }) => ({ image: cropImage(image, rectangle) }),
})
