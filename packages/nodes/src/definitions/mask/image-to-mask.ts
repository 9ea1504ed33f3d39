import { choice, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { channelOf } from '../../image/composite.ts'
import { invertMask } from '../../image/mask.ts'
import { Image, Mask } from '../../values/socket-types.ts'

/** One channel of a picture as a mask. */
export const imageToMask = defineNode({
  type: 'ImageToMask',
  version: 1,
  category: 'mask',
  description: 'One channel of a picture as a mask.',
  aliases: ['channel', 'LoadImageMask'],
  inputs: { image: link(Image), channel: choice(['red', 'green', 'blue', 'alpha', 'transparency'], 'red') },
  outputs: { mask: Mask },
  run: ({ image, channel }) => ({
    mask: channel === 'transparency' ? invertMask(channelOf(image, 'alpha')) : channelOf(image, channel),
  }),
})
