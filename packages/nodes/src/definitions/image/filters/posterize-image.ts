import { int, link } from '@patchbay/engine'
import { defineNode } from '../../../host/define-node.ts'
import { posterize } from '../../../image/filter.ts'
import { Image } from '../../../values/socket-types.ts'

/** A picture with fewer levels for each channel. */
export const posterizeImage = defineNode({
  type: 'PosterizeImage',
  version: 1,
  category: 'image/filter',
  description: 'A picture with fewer levels for each channel.',
  aliases: ['ImageQuantize', 'reduce colours'],
  inputs: { image: link(Image), levels: int({ default: 4, min: 2, max: 256 }) },
  outputs: { image: Image },
  run: ({ image, levels }) => ({ image: posterize(image, levels) }),
})
