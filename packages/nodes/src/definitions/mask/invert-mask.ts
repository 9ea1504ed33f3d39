import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { invertMask } from '../../image/mask.ts'
import { Mask } from '../../values/socket-types.ts'

/** What a mask leaves out. */
export const invert = defineNode({
  type: 'InvertMask',
  version: 1,
  category: 'mask',
  description: 'What a mask leaves out.',
  aliases: ['negative'],
  inputs: { mask: link(Mask) },
  outputs: { mask: Mask },
  run: ({ mask }) => ({ mask: invertMask(mask) }),
})
