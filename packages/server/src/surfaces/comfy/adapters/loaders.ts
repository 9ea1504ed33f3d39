import { adapter, chosenFrom, fileFrom } from './declare.ts'

/** Parts of a checkpoint by themselves. */
export const loaderAdapters = [
  adapter({
    name: 'UNETLoader',
    displayName: 'Load Diffusion Model',
    category: 'model/loaders',
    inputs: [
      fileFrom('unet_name', 'diffusion_models'),
      chosenFrom('weight_dtype', ['default', 'fp8_e4m3fn', 'fp8_e4m3fn_fast', 'fp8_e5m2']),
    ],
    outputs: [['MODEL', 'model']],
    is: ['LoadDiffusionModel', { model: 'unet_name', weightType: ['weight_dtype', { default: 'as stored' }] }],
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
