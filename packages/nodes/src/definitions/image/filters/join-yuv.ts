import { link } from '@patchbay/engine'
import { defineNode } from '../../../host/define-node.ts'
import { fromYuv } from '../../../image/morphology.ts'
import { Image } from '../../../values/socket-types.ts'

/** A picture of its luma and its two differences of colour. */
export const joinYuv = defineNode({
  type: 'JoinYUV',
  version: 1,
  category: 'image/filter',
  label: 'Join YUV',
  description: 'A picture of its luma and its two differences of colour.',
  aliases: ['ImageYUVToRGB', 'YCbCr'],
  inputs: { y: link(Image), u: link(Image), v: link(Image) },
  outputs: { image: Image },
  run: ({ y, u, v }) => ({ image: fromYuv(y, u, v) }),
})
