import { adapter, chosenFrom, fileFrom } from './declare.ts'

/** Parts of a checkpoint by themselves. Precision follows the file, so only the default can be chosen. */
export const loaderAdapters = [
  adapter({
    name: 'UNETLoader',
    displayName: 'Load Diffusion Model',
    category: 'model/loaders',
    inputs: [fileFrom('unet_name', 'diffusion_models'), chosenFrom('weight_dtype', ['default'])],
    outputs: [['MODEL', 'model']],
    is: ['LoadDiffusionModel', { model: 'unet_name' }],
  }),
  adapter({
    name: 'CLIPVisionLoader',
    displayName: 'Load CLIP Vision',
    category: 'model/loaders',
    inputs: [fileFrom('clip_name', 'clip_vision')],
    outputs: [['CLIP_VISION', 'clipVision']],
    is: ['LoadCLIPVision', { clipVision: 'clip_name' }],
  }),
]
