import { int, listLink, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { batchImages } from '../../image/composite.ts'
import { pictureOf, sizeOfImage } from '../../image/image.ts'
import { Image } from '../../values/socket-types.ts'

/** The pictures of several batches, in batches of another size. */
export const rebatchImages = defineNode({
  type: 'RebatchImages',
  version: 1,
  category: 'image/batch',
  description: 'The pictures of several batches as a list of batches of one size; the last may be smaller.',
  aliases: ['split', 'batch size', 'list'],
  inputs: { images: listLink(Image), size: int({ default: 1, min: 1, max: 4096 }) },
  outputs: { images: listOf(Image) },
  run({ images, size }) {
    const pictures = images.flatMap((batch) =>
      Array.from({ length: sizeOfImage(batch).batch }, (_, index) => pictureOf(batch, index)),
    )
    const count = Math.ceil(pictures.length / size)
    const batches = Array.from({ length: count }, (_, index) => pictures.slice(index * size, (index + 1) * size))
    return { images: batches.map((batch) => batchImages(batch)) }
  },
})
