import { choice, int, link } from '@patchbay/engine'
import { formulasInput } from '../formulas-input.ts'
import { defineNode } from '../../host/define-node.ts'
import { combineMasks, maskCombinations } from '../../image/mask.ts'
import { combineMasksAsComfy } from '../../image/comfyui/masks.ts'
import { Mask } from '../../values/socket-types.ts'

const placeOfSecond = "Where the second one lies with ComfyUI's formulas; ours bring it to the size of the first."

/** Two masks as one. */
export const combine = defineNode({
  type: 'CombineMasks',
  version: 1,
  category: 'mask',
  description: 'Two masks as one.',
  aliases: ['MaskComposite', 'union', 'intersect'],
  inputs: {
    a: link(Mask),
    b: link(Mask),
    combination: choice(maskCombinations, 'add'),
    x: int({ default: 0, min: -16384, max: 16384, unit: 'px', advanced: true, description: placeOfSecond }),
    y: int({ default: 0, min: -16384, max: 16384, unit: 'px', advanced: true, description: placeOfSecond }),
    formulas: formulasInput(),
  },
  outputs: { mask: Mask },
  run: ({ a, b, combination, formulas, ...place }) => ({
    mask: formulas === 'comfyui' ? combineMasksAsComfy(a, b, combination, place) : combineMasks(a, b, combination),
  }),
})
