import { float, int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { turboSigmas } from '../../diffusion/index.ts'
import { Model, Sigmas } from '../../values/socket-types.ts'

/** The noise levels that a Turbo checkpoint was distilled on. */
export const turboSigmasNode = defineNode({
  type: 'TurboSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description:
    'The noise levels that SD Turbo and SDXL Turbo were distilled on, a tenth of the training timesteps apart, from the noisiest. They want a guidance scale of 1.',
  aliases: ['SDTurboScheduler', 'turbo', 'distilled'],
  inputs: {
    model: link(Model),
    steps: int({ default: 1, min: 1, max: 10 }),
    denoiseStrength: float({ default: 1, min: 0, max: 1, step: 0.01, slider: true }),
  },
  outputs: { sigmas: Sigmas },
  run: ({ model, steps, denoiseStrength }) => ({ sigmas: turboSigmas(model.process, steps, denoiseStrength) }),
})
