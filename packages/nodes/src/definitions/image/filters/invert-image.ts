import { link } from '@patchbay/engine'
import { defineNode } from '../../../host/define-node.ts'
import { invert } from '../../../image/filter.ts'
import { Image } from '../../../values/socket-types.ts'

/** The negative of a picture. */
export const invertImage = defineNode({
  type: 'InvertImage',
  version: 1,
  category: 'image/filter',
  description: 'The negative of a picture. Alpha stays.',
  aliases: ['ImageInvert', 'negative'],
  inputs: { image: link(Image) },
  outputs: { image: Image },
  run: ({ image }) => ({ image: invert(image) }),
})
