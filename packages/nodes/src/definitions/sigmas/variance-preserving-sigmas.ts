import { float, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { variancePreservingSigmas } from '../../diffusion/index.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** The noise levels of a variance-preserving process at even times. */
export const variancePreservingSigmasNode = defineNode({
  type: 'VariancePreservingSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description: 'The noise levels of a variance-preserving process at even times.',
  aliases: ['VPScheduler'],
  inputs: {
    steps: int({ default: 20, min: 1, max: 10_000 }),
    betaD: float({ default: 19.9, min: 0, max: 5000 }),
    betaMin: float({ default: 0.1, min: 0, max: 5000 }),
    earliest: float({ default: 0.001, min: 0, max: 1, step: 0.0001 }),
  },
  outputs: { sigmas: Sigmas },
  run: ({ steps, betaD, betaMin, earliest }) => ({
    sigmas: variancePreservingSigmas(steps, betaD, betaMin, earliest),
  }),
})
