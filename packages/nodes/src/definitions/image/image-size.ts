import { Int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { sizeOfImage } from '../../image/image.ts'
import { Image } from '../../values/socket-types.ts'

/** How large a picture is, and how many there are in the batch. */
export const imageSize = defineNode({
  type: 'ImageSize',
  version: 1,
  category: 'image',
  description: 'How large a picture is, and how many there are in the batch.',
  aliases: ['GetImageSize', 'dimensions'],
  inputs: { image: link(Image) },
  outputs: { width: Int, height: Int, batch: Int },
  run({ image }) {
    const { width, height, batch } = sizeOfImage(image)
    return { width, height, batch }
  },
})
