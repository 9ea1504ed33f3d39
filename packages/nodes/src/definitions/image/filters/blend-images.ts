import { choice, float, link } from '@patchbay/engine'
import { formulasInput } from '../../formulas-input.ts'
import { defineNode } from '../../../host/define-node.ts'
import { blendImages, blendModes } from '../../../image/composite.ts'
import { blendImagesAsComfy } from '../../../image/comfyui/layers.ts'
import { Image } from '../../../values/socket-types.ts'

/** Two pictures mixed. */
export const blendImagesNode = defineNode({
  type: 'BlendImages',
  version: 1,
  category: 'image/layers',
  description: 'Two pictures mixed. An amount of 0 is the first; the second is brought to its size.',
  aliases: ['ImageBlend', 'mix', 'multiply', 'screen', 'overlay'],
  inputs: {
    below: link(Image),
    above: link(Image),
    mode: choice(blendModes, 'normal'),
    amount: float({ default: 0.5, min: 0, max: 1, step: 0.01, slider: true }),
    formulas: formulasInput(),
  },
  outputs: { image: Image },
  run: ({ below, above, mode, amount, formulas }) => ({
    image: (formulas === 'comfyui' ? blendImagesAsComfy : blendImages)(below, above, mode, amount),
  }),
})
