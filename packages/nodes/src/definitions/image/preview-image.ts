import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { sizeOfImage } from '../../image/image.ts'
import { previewPictures } from '../../image/preview.ts'
import { Image } from '../../values/socket-types.ts'

/** Shows pictures on the node without keeping them. */
export const previewImage = defineNode({
  type: 'PreviewImage',
  version: 1,
  category: 'image',
  description: 'Shows pictures on the node, without keeping them as files.',
  aliases: ['show', 'display', 'view'],
  inputs: { image: link(Image) },
  outputs: {},
  sideEffect: true,
  async run({ image }, { preview, show }) {
    const { batch, width, height } = sizeOfImage(image)
    await previewPictures(image, preview, 0)
    show({ pictures: batch, width, height })
    return {}
  },
})
