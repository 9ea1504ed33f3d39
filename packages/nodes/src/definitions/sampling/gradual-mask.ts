import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Model } from '../../values/socket-types.ts'

/** Makes the grey of a mask say from when on a place is repainted: differential diffusion. */
export const gradualMask = defineNode({
  type: 'GradualMask',
  version: 1,
  category: 'sampling/model',
  description:
    'Makes the grey of a noise mask say from when on a place is repainted (Levin and Fried 2023, Differential diffusion): white from the start, darker later, so that it changes less.',
  aliases: ['DifferentialDiffusion', 'soft inpainting'],
  inputs: { model: link(Model), strength: float({ default: 1, min: 0, max: 1, step: 0.01, slider: true }) },
  outputs: { model: Model },
  traits: ({ links: { model = {} } }) => ({ model }),
  run: ({ model, strength }) => ({ model: { ...model, gradualMask: strength } }),
})
