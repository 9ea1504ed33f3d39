import { float, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { laplaceSigmas } from '../../diffusion/index.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** Noise levels that crowd round one, as a Laplace distribution does. */
export const laplaceSigmasNode = defineNode({
  type: 'LaplaceSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description: 'Noise levels that crowd round one, as a Laplace distribution does.',
  aliases: ['LaplaceScheduler'],
  inputs: {
    steps: int({ default: 20, min: 1, max: 10_000 }),
    sigmaMax: float({ default: 14.6146, min: 0, max: 5000 }),
    sigmaMin: float({ default: 0.0292, min: 0, max: 5000, step: 0.001 }),
    mu: float({ default: 0, min: -10, max: 10, step: 0.1 }),
    beta: float({ default: 0.5, min: 0, max: 10, step: 0.1 }),
  },
  outputs: { sigmas: Sigmas },
  run: ({ steps, ...rule }) => ({ sigmas: laplaceSigmas(steps, rule) }),
})
