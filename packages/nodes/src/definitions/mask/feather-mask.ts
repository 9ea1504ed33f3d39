import { int, link } from '@patchbay/engine'
import { formulasInput } from '../formulas-input.ts'
import { defineNode } from '../../host/define-node.ts'
import { featherMask } from '../../image/mask.ts'
import { featherMaskAsComfy } from '../../image/comfyui/masks.ts'
import { Mask } from '../../values/socket-types.ts'

/** A mask that fades towards its sides. */
export const feather = defineNode({
  type: 'FeatherMask',
  version: 1,
  category: 'mask',
  description: 'A mask that fades towards its sides.',
  aliases: ['fade', 'gradient'],
  inputs: {
    mask: link(Mask),
    left: int({ default: 0, min: 0, max: 16384, unit: 'px' }),
    top: int({ default: 0, min: 0, max: 16384, unit: 'px' }),
    right: int({ default: 0, min: 0, max: 16384, unit: 'px' }),
    bottom: int({ default: 0, min: 0, max: 16384, unit: 'px' }),
    formulas: formulasInput(),
  },
  outputs: { mask: Mask },
  run: ({ mask, formulas, ...sides }) => ({
    mask: (formulas === 'comfyui' ? featherMaskAsComfy : featherMask)(mask, sides),
  }),
})
