import { float, link, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { sigmaRangeOf } from '../../diffusion/index.ts'
import { Model } from '../../values/socket-types.ts'

/**
 * How guidance acts on a model: where in sampling, how far its spread is brought back, and whether its extremes are
 * cut.
 */
export const guidanceOptions = defineNode({
  type: 'GuidanceOptions',
  version: 1,
  category: 'sampling/model',
  description:
    'How guidance acts on a model: where in sampling, how far its spread is brought back, and whether its extremes are cut.',
  aliases: ['RescaleCFG', 'PerturbedAttentionGuidance', 'PAG', 'dynamic thresholding', 'guidance interval'],
  inputs: {
    model: link(Model),
    start: float({ default: 0, min: 0, max: 1, slider: true }),
    end: float({ default: 1, min: 0, max: 1, slider: true }),
    rescale: float({
      default: 0,
      min: 0,
      max: 1,
      slider: true,
      description: 'Lin et al. 2024; 0.7 for v-prediction models.',
    }),
    perturbedAttention: float({
      default: 0,
      min: 0,
      max: 100,
      step: 0.1,
      description: 'Ahn et al. 2024; 3 is usual. Steps take half as long again, and structure gets clearer.',
    }),
    dynamicThreshold: toggle({ default: false }),
    mimicScale: float({ default: 7, min: 1, max: 100, advanced: true }),
    percentile: float({ default: 0.995, min: 0.5, max: 1, step: 0.001, advanced: true }),
  },
  outputs: { model: Model },
  traits: ({ links: { model = {} } }) => ({ model }),
  run({ model, start, end, rescale, perturbedAttention, dynamicThreshold, ...threshold }) {
    // Of several such nodes in a row each adds to what the others ask for.
    const guidance = {
      ...model.guidance,
      ...((start > 0 || end < 1 || !model.guidance?.range) && { range: sigmaRangeOf(model.process, start, end) }),
      ...(rescale > 0 && { rescale }),
      ...(perturbedAttention > 0 && { perturbedAttention }),
      ...(dynamicThreshold && { dynamicThreshold: threshold }),
    }
    return { model: { ...model, guidance } }
  },
})
