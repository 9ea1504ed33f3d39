import { choice, float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { continuousProcess } from '../../diffusion/index.ts'
import { Model } from '../../values/socket-types.ts'

/** For models that were trained on any noise level between two, where their file does not say. */
export const continuousProcessNode = defineNode({
  type: 'ContinuousProcess',
  version: 1,
  category: 'sampling/model',
  description:
    'For models that were trained on any noise level between two, as EDM ones, where their file does not say.',
  aliases: ['ModelSamplingContinuousEDM', 'ModelSamplingContinuousV', 'Playground', 'CosXL'],
  inputs: {
    model: link(Model),
    prediction: choice(['v', 'edm', 'epsilon'], 'v'),
    timesteps: choice(['logarithm', 'angle'], 'logarithm', {
      description: 'What the network calls a noise level: a quarter of its logarithm, or its angle.',
    }),
    sigmaMax: float({ default: 120, min: 0.001, max: 1000 }),
    sigmaMin: float({ default: 0.002, min: 0.0001, max: 1000 }),
    dataSpread: float({ default: 1, min: 0.01, max: 10, description: 'The spread of the latents: 1, for EDM 0.5.' }),
  },
  outputs: { model: Model },
  traits: ({ links: { model = {} } }) => ({ model }),
  run: ({ model, prediction: predictionType, ...settings }) => ({
    model: { ...model, process: continuousProcess({ predictionType, ...settings }) },
  }),
})
