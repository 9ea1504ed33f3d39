import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { sizeOfImage } from '../../image/image.ts'
import { previewPictures } from '../../image/preview.ts'
import { Image } from '../../values/socket-types.ts'

/** Shows two pictures one over the other, with a line to draw across. */
export const compareImages = defineNode({
  type: 'CompareImages',
  version: 1,
  category: 'image',
  description: 'Shows two pictures one over the other, with a line to draw across.',
  aliases: ['before and after', 'difference'],
  inputs: { before: link(Image), after: link(Image) },
  outputs: {},
  sideEffect: true,
  async run({ before, after }, { preview, show }) {
    await previewPictures(before, preview, 0)
    await previewPictures(after, preview, sizeOfImage(before).batch)
    show({ compare: true, before: sizeOfImage(before).batch })
    return {}
  },
})
