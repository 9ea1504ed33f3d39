import { color, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { solidImage } from '../../image/composite.ts'
import { Image } from '../../values/socket-types.ts'

/** A picture of one colour. */
export const emptyImage = defineNode({
  type: 'EmptyImage',
  version: 1,
  category: 'image',
  description: 'A picture of one colour.',
  aliases: ['solid', 'background'],
  inputs: {
    width: int({ default: 512, min: 1, max: 16384, unit: 'px' }),
    height: int({ default: 512, min: 1, max: 16384, unit: 'px' }),
    batch: int({ default: 1, min: 1, max: 4096 }),
    color: color({ default: '#000000' }),
  },
  outputs: { image: Image },
  run: ({ color, ...size }) => ({ image: solidImage(color, size) }),
})
