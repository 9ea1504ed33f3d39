import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openDiffusionModel } from '../../opening/separate-parts.ts'
import { loadDiffusionModel } from '../../opening/checkpoint-values.ts'
import { traitsOfModel } from '../../opening/model-traits.ts'
import { Model } from '../../values/socket-types.ts'

/** A denoising network by itself, to use with text encoders and a VAE of its family. */
export const loadDiffusionModelNode = defineNode({
  type: 'LoadDiffusionModel',
  version: 1,
  category: 'loaders',
  description:
    'Opens a denoising network by itself: a file, or a folder as diffusers writes it. Load text encoders and a VAE of its family beside it.',
  aliases: ['UNETLoader', 'DiffusersLoader', 'unet'],
  inputs: {
    model: file({ folder: 'diffusion_models', accept: ['.safetensors', '.ckpt', '.pt', '.bin', 'folder'] }),
  },
  outputs: { model: Model },
  lane: 'io',
  async traits({ values: { model = '' } }, services) {
    return { model: traitsOfModel(openDiffusionModel(await services.pathOf('diffusion_models', model))) }
  },
  run: async ({ model }, { services }) => ({
    model: loadDiffusionModel(await services.pathOf('diffusion_models', model)),
  }),
})
