import { float, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { exponentialSigmas } from '../../diffusion/index.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** Noise levels even in the logarithm of sigma, or in a power of it, between two of your own. */
export const exponentialSigmasNode = defineNode({
  type: 'ExponentialSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description: 'Noise levels even in the logarithm of sigma, or in a power of it, between two of your own.',
  aliases: ['ExponentialScheduler', 'PolyexponentialScheduler'],
  inputs: {
    steps: int({ default: 20, min: 1, max: 10_000 }),
    sigmaMax: float({ default: 14.6146, min: 0, max: 5000 }),
    sigmaMin: float({ default: 0.0292, min: 0, max: 5000, step: 0.001 }),
    rho: float({ default: 1, min: 0.1, max: 100 }),
  },
  outputs: { sigmas: Sigmas },
  run: ({ steps, sigmaMin, sigmaMax, rho }) => ({ sigmas: [...exponentialSigmas(sigmaMin, sigmaMax, steps, rho), 0] }),
})
