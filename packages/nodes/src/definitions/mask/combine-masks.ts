import { choice, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { combineMasks, maskCombinations } from '../../image/mask.ts'
import { Mask } from '../../values/socket-types.ts'

/** Two masks as one. */
export const combine = defineNode({
  type: 'CombineMasks',
  version: 1,
  category: 'mask',
  description: 'Two masks as one.',
  aliases: ['MaskComposite', 'union', 'intersect'],
  inputs: { a: link(Mask), b: link(Mask), combination: choice(maskCombinations, 'add') },
  outputs: { mask: Mask },
  run: ({ a, b, combination }) => ({ mask: combineMasks(a, b, combination) }),
})
