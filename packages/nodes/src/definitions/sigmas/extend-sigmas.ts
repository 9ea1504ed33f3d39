import { choice, float, int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { extendedSigmas, sigmaSpacings } from '../../values/sigma-operations.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** Noise levels with more steps where they lie in a range. */
export const extendSigmas = defineNode({
  type: 'ExtendSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description: 'Noise levels with more steps where they lie in a range.',
  aliases: ['ExtendIntermediateSigmas'],
  inputs: {
    sigmas: link(Sigmas),
    steps: int({ default: 2, min: 1, max: 100, description: 'In how many each step of the range is divided.' }),
    highest: float({ default: -1, min: -1, max: 20_000, description: '-1 is any level.' }),
    lowest: float({ default: 12, min: 0, max: 20_000 }),
    spacing: choice(sigmaSpacings, 'linear'),
  },
  outputs: { sigmas: Sigmas },
  run: ({ sigmas, steps, spacing, highest, lowest }) => ({
    sigmas: extendedSigmas(sigmas, steps, spacing, { lowest, highest: highest < 0 ? Infinity : highest }),
  }),
})
