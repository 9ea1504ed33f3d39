import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { imageOfMask } from '../../image/mask.ts'
import { Image, Mask } from '../../values/socket-types.ts'

/** A mask as a grey picture. */
export const maskToImage = defineNode({
  type: 'MaskToImage',
  version: 1,
  category: 'mask',
  description: 'A mask as a grey picture.',
  aliases: ['show'],
  inputs: { mask: link(Mask) },
  outputs: { image: Image },
  run: ({ mask }) => ({ image: imageOfMask(mask) }),
})
