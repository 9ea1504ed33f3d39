import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { sizedLike } from '../../image/filter.ts'
import { sizeOfImage, withAlpha } from '../../image/image.ts'
import { Image, Mask } from '../../values/socket-types.ts'

/** A picture that is transparent where a mask is 0. */
export const joinAlpha = defineNode({
  type: 'JoinAlpha',
  version: 1,
  category: 'mask',
  description: 'A picture that is transparent where a mask is 0.',
  aliases: ['JoinImageWithAlpha', 'transparency', 'cut out'],
  inputs: { image: link(Image), alpha: link(Mask) },
  outputs: { image: Image },
  run: ({ image, alpha }) => ({ image: withAlpha(image, sizedLike(alpha, sizeOfImage(image))) }),
})
