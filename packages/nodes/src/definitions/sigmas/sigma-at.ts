import { Float, float, link, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Model } from '../../values/socket-types.ts'

/** The noise level of a model after a share of sampling: 0 is the start, 1 the end. */
export const sigmaAt = defineNode({
  type: 'SigmaAt',
  version: 1,
  category: 'sampling/sigmas',
  description: 'The noise level of a model after a share of sampling: 0 is the start, 1 the end.',
  aliases: ['SamplingPercentToSigma'],
  inputs: {
    model: link(Model),
    share: float({ default: 0, min: 0, max: 1, step: 0.0001, slider: true }),
    ends: toggle({
      default: false,
      label: 'The levels at the ends',
      description:
        'Whether the ends are the highest and the lowest level of the model; else they are beyond any, and 0.',
    }),
  },
  outputs: { sigma: Float },
  run({ model: { process }, share, ends }) {
    if (share <= 0) return { sigma: ends ? process.sigmaMax : 999_999_999.9 }
    if (share >= 1) return { sigma: ends ? process.sigmaMin : 0 }
    return { sigma: process.sigmaAt(share) }
  },
})
