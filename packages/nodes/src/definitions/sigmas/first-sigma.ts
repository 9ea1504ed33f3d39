import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** Noise levels with another first one. */
export const firstSigma = defineNode({
  type: 'FirstSigma',
  version: 1,
  category: 'sampling/sigmas',
  description: 'Noise levels with another first one.',
  aliases: ['SetFirstSigma'],
  inputs: { sigmas: link(Sigmas), sigma: float({ default: 136, min: 0, max: 20_000 }) },
  outputs: { sigmas: Sigmas },
  run: ({ sigmas, sigma }) => ({ sigmas: sigmas.length === 0 ? [] : [sigma, ...sigmas.slice(1)] }),
})
