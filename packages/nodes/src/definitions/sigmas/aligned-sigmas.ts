import { choice, float, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { alignedFamilies, alignedSigmas } from '../../diffusion/index.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** Noise levels that were found best for ten steps of a family, and between them for others. */
export const alignedSigmasNode = defineNode({
  type: 'AlignedSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description: 'Noise levels that were found best for ten steps of a family, and between them for others.',
  aliases: ['AlignYourStepsScheduler', 'AYS'],
  inputs: {
    family: choice(alignedFamilies, 'sd1'),
    steps: int({ default: 10, min: 1, max: 10_000 }),
    denoiseStrength: float({ default: 1, min: 0, max: 1, step: 0.01, slider: true }),
  },
  outputs: { sigmas: Sigmas },
  run: ({ family, steps, denoiseStrength }) => ({ sigmas: alignedSigmas(family, steps, denoiseStrength) }),
})
