import { link } from '@patchbay/engine'
import { defineNode } from '../../define-node.ts'
import { encodeImage } from '../../image/codec.ts'
import { sizeOfImage } from '../../image/image.ts'
import { Image } from '../../socket-types.ts'

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
  async run({ image }, { preview, signal, show }) {
    const { batch, width, height } = sizeOfImage(image)
    for (let index = 0; index < batch; index += 1) {
      signal.throwIfAborted()
      const bytes = new Uint8Array(await encodeImage(image, index, { format: 'webp', quality: 100 }))
      preview({ mime: 'image/webp', width, height, index, bytes })
    }
    show({ pictures: batch, width, height })
    return {}
  },
})
