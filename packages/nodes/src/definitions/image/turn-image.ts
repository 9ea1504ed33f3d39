import { choice, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { turnImage } from '../../image/geometry.ts'
import { Image } from '../../values/socket-types.ts'

/** A picture turned clockwise by quarters. */
export const turnImageNode = defineNode({
  type: 'TurnImage',
  version: 1,
  category: 'image/transform',
  description: 'A picture turned clockwise by quarters.',
  aliases: ['ImageRotate', 'rotate'],
  inputs: { image: link(Image), turn: choice(['0°', '90°', '180°', '270°'], '90°') },
  outputs: { image: Image },
  run: ({ image, turn }) => ({ image: turnImage(image, Number.parseInt(turn, 10) / 90) }),
})
