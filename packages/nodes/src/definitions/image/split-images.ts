import { link, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { pictureOf, sizeOfImage } from '../../image/image.ts'
import { Image } from '../../values/socket-types.ts'

/** A batch as a list: what follows then runs once for each picture. */
export const splitImages = defineNode({
  type: 'SplitImages',
  version: 1,
  category: 'image/batch',
  description: 'A batch as a list: what follows then runs once for each picture.',
  aliases: ['RebatchImages', 'unbatch', 'list'],
  inputs: { image: link(Image) },
  outputs: { images: listOf(Image) },
  run: ({ image }) => ({ images: Array.from({ length: sizeOfImage(image).batch }, (_, k) => pictureOf(image, k)) }),
})
