import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { splitByShare } from '../../values/sigma-operations.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** Noise levels in two: those before a denoise strength, and those of it. The one between is in both. */
export const splitSigmasByStrength = defineNode({
  type: 'SplitSigmasByStrength',
  version: 1,
  category: 'sampling/sigmas',
  description: 'Noise levels in two: those before a denoise strength, and those of it. The one between is in both.',
  aliases: ['SplitSigmasDenoise'],
  inputs: {
    sigmas: link(Sigmas),
    denoiseStrength: float({ default: 1, min: 0, max: 1, step: 0.01, slider: true }),
  },
  outputs: { high: Sigmas, low: Sigmas },
  run: ({ sigmas, denoiseStrength }) => splitByShare(sigmas, denoiseStrength),
})
