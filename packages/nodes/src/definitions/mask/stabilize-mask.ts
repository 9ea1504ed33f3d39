import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { map } from '../../tensor/index.ts'
import { Mask } from '../../values/socket-types.ts'

/** A mask whose nearly empty and nearly full places are empty and full. */
export const stabilizeMask = defineNode({
  type: 'StabilizeMask',
  version: 1,
  category: 'mask',
  description: 'Makes what is nearly 0 in a mask 0, and what is nearly 1 in it 1, so that rounding leaves no traces.',
  aliases: ['INPAINT_StabilizeMask', 'clean', 'snap'],
  inputs: { mask: link(Mask), epsilon: float({ default: 0.01, min: 0, max: 0.5, step: 0.001 }) },
  outputs: { mask: Mask },
  run: ({ mask, epsilon }) => ({
    mask: map(mask, (value) => (value <= epsilon ? 0 : value >= 1 - epsilon ? 1 : value)),
  }),
})
