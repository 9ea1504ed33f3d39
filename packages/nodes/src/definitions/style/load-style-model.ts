import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openStyleModel } from '../../networks/style-model.ts'
import { StyleModel } from '../../values/socket-types.ts'

/** A style network as found on a disk. */
export const loadStyleModel = defineNode({
  type: 'LoadStyleModel',
  version: 1,
  category: 'loaders',
  label: 'Load style model',
  description:
    'Opens a network that redraws pictures in a style: one of TrainStyleModel, decoder.pth of AdaIN with vgg_normalised.pth beside it, or a fast neural style file of pytorch/examples.',
  aliases: ['AdaIN', 'fast neural style', 'mosaic', 'candy'],
  inputs: { styleModel: file({ folder: 'style_models', accept: ['.safetensors', '.pth', '.pt', '.model', 'folder'] }) },
  outputs: { styleModel: StyleModel },
  lane: 'io',
  run: async ({ styleModel }, { services }) => ({
    styleModel: openStyleModel(await services.pathOf('style_models', styleModel)),
  }),
})
