import { link } from '@patchbay/engine'
import { defineNode } from '../../../host/define-node.ts'
import { toYuv } from '../../../image/morphology.ts'
import { Image } from '../../../values/socket-types.ts'

/** Luma and the two differences of colour of a picture, each as a grey picture. */
export const splitYuv = defineNode({
  type: 'SplitYUV',
  version: 1,
  category: 'image/filter',
  label: 'Split YUV',
  description: 'Luma and the two differences of colour of a picture, each as a grey picture.',
  aliases: ['ImageRGBToYUV', 'YCbCr'],
  inputs: { image: link(Image) },
  outputs: { y: Image, u: Image, v: Image },
  run({ image }) {
    const [y, u, v] = toYuv(image)
    return { y, u, v }
  },
})
