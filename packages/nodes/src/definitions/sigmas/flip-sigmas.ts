import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { flippedSigmas } from '../../values/sigma-operations.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** Noise levels from low to high, for a run that adds noise to latents step by step. */
export const flipSigmas = defineNode({
  type: 'FlipSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description: 'Noise levels from low to high, for a run that adds noise to latents step by step.',
  aliases: ['unsampling', 'inversion'],
  inputs: { sigmas: link(Sigmas) },
  outputs: { sigmas: Sigmas },
  run: ({ sigmas }) => ({ sigmas: flippedSigmas(sigmas) }),
})
