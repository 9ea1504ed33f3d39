import { float, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { karrasSigmas } from '../../diffusion/index.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** Noise levels even in sigma^(1/rho), between two of your own. */
export const karrasSigmasNode = defineNode({
  type: 'KarrasSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description: 'Noise levels even in sigma^(1/rho), between two of your own.',
  aliases: ['KarrasScheduler'],
  inputs: {
    steps: int({ default: 20, min: 1, max: 10_000 }),
    sigmaMax: float({ default: 14.6146, min: 0, max: 5000 }),
    sigmaMin: float({ default: 0.0292, min: 0, max: 5000, step: 0.001 }),
    rho: float({ default: 7, min: 0.1, max: 100 }),
  },
  outputs: { sigmas: Sigmas },
  run: ({ steps, sigmaMin, sigmaMax, rho }) => ({ sigmas: [...karrasSigmas(sigmaMin, sigmaMax, steps, rho), 0] }),
})
