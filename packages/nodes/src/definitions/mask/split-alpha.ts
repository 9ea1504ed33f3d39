import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { alphaOfImage, withoutAlpha } from '../../image/image.ts'
import { Image, Mask } from '../../values/socket-types.ts'

/** The colours of a picture and, apart, where it is opaque. */
export const splitAlpha = defineNode({
  type: 'SplitAlpha',
  version: 1,
  category: 'mask',
  description: 'The colours of a picture and, apart, where it is opaque.',
  aliases: ['SplitImageWithAlpha', 'transparency'],
  inputs: { image: link(Image) },
  outputs: { image: Image, alpha: Mask },
  run: ({ image }) => ({ image: withoutAlpha(image), alpha: alphaOfImage(image) }),
})
