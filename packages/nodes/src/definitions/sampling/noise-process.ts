import { choice, float, link, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { consistencyProcess, diffusionProcess, flowProcess } from '../../diffusion/index.ts'
import { Model } from '../../values/socket-types.ts'

/** What a model was trained to predict and how noise was added, where its file does not say. */
export const noiseProcess = defineNode({
  type: 'NoiseProcess',
  version: 1,
  category: 'sampling/model',
  description: 'What a model was trained to predict and how noise was added, where its file does not say.',
  aliases: ['ModelSamplingDiscrete', 'ModelSamplingSD3', 'v-prediction', 'zsnr', 'shift', 'LCM'],
  inputs: {
    model: link(Model),
    prediction: choice(['epsilon', 'v', 'sample', 'flow', 'consistency'], 'epsilon'),
    zeroTerminalSnr: toggle({ default: false, label: 'Zero terminal SNR' }),
    shift: float({
      default: 3,
      min: 0.01,
      max: 100,
      description: 'For flow models: how far the schedule leans towards noise.',
    }),
  },
  outputs: { model: Model },
  traits: ({ links: { model = {} } }) => ({ model }),
  run({ model, prediction: predictionType, zeroTerminalSnr, shift }) {
    const { spacing } = model.process
    if (predictionType === 'flow') return { model: { ...model, process: flowProcess({ shift }) } }
    const isConsistency = predictionType === 'consistency'
    const process = diffusionProcess({
      predictionType: isConsistency ? 'epsilon' : predictionType,
      zeroTerminalSnr,
      ...(spacing && { spacing }),
    })
    return { model: { ...model, process: isConsistency ? consistencyProcess(process) : process } }
  },
})
