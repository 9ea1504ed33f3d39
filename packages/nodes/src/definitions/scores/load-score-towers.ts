import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openScoreTowers } from '../../scoring/score-towers.ts'
import { ScoreTowers } from '../../values/socket-types.ts'

/** Two networks that tell how well a picture and a text go together. */
export const loadScoreTowers = defineNode({
  type: 'LoadScoreTowers',
  version: 1,
  category: 'scores',
  description:
    'Opens an image tower and a text tower that share a space: the bundled ones, or a CLIP file as transformers, OpenAI or OpenCLIP save it, or exported to ONNX (model.onnx, or text_model.onnx and vision_model.onnx). An image tower alone goes with the bundled sentence encoder.',
  aliases: ['clip', 'text-image similarity'],
  inputs: {
    towers: file({
      folder: 'score_models',
      accept: ['.safetensors', '.bin', '.pt', '.pth', '.onnx'],
      default: 'patchbay-towers/model.safetensors',
    }),
  },
  outputs: { towers: ScoreTowers },
  lane: 'io',
  run: async ({ towers }, { services }) => ({ towers: openScoreTowers(await services.pathOf('score_models', towers)) }),
})
