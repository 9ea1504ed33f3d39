import { text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { findSigmaMistake, parseSigmas } from '../../values/sigma-operations.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** Noise levels as written, from high to low. */
export const manualSigmas = defineNode({
  type: 'ManualSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description: 'Noise levels as written, from high to low.',
  aliases: ['ManualSigmas'],
  inputs: { levels: text({ default: '14.6, 7, 3, 1, 0.3, 0' }) },
  outputs: { sigmas: Sigmas },
  validate: ({ values: { levels = '' } }) => findSigmaMistake(levels),
  run: ({ levels }) => ({ sigmas: parseSigmas(levels) }),
})
