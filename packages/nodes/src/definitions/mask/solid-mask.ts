import { float, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { solidMask } from '../../image/mask.ts'
import { Mask } from '../../values/socket-types.ts'

/** A mask with one value everywhere. */
export const solid = defineNode({
  type: 'SolidMask',
  version: 1,
  category: 'mask',
  description: 'A mask with one value everywhere.',
  aliases: ['constant'],
  inputs: {
    value: float({ default: 1, min: 0, max: 1, slider: true }),
    width: int({ default: 512, min: 1, max: 16384, unit: 'px' }),
    height: int({ default: 512, min: 1, max: 16384, unit: 'px' }),
  },
  outputs: { mask: Mask },
  run: ({ value, ...size }) => ({ mask: solidMask(value, size) }),
})
