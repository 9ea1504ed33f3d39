import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openFeatureModel } from '../../scoring/feature-model.ts'
import { FeatureModel } from '../../values/socket-types.ts'

/** The network whose features FID, KID and their kin compare. */
export const loadFeatureModel = defineNode({
  type: 'LoadFeatureModel',
  version: 1,
  category: 'scores',
  description:
    'Opens the network whose features FID, KID, precision and recall compare. Its name goes into every score: numbers of two networks cannot be compared, and only the original Inception weights give published FID.',
  aliases: ['inception', 'mobilenet', 'features'],
  inputs: {
    model: file({
      folder: 'score_models',
      accept: ['.safetensors', '.bin', '.pt', '.pth', '.tflite', '.onnx'],
      default: 'patchbay-towers/model.safetensors',
    }),
  },
  outputs: { model: FeatureModel },
  lane: 'io',
  run: async ({ model }, { services }) => ({ model: openFeatureModel(await services.pathOf('score_models', model)) }),
})
