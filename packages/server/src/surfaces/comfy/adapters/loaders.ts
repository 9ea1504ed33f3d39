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
    name: 'CLIPLoader',
    displayName: 'Load CLIP',
    category: 'model/loaders',
    description: 'What the encoder is of is read from its file.',
    inputs: [fileFrom('clip_name', 'text_encoders'), chosenFrom('type', ['stable_diffusion', 'sdxl'])],
    outputs: [['CLIP', 'textEncoder']],
    is: ['LoadTextEncoder', { textEncoder: 'clip_name', second: { value: '' } }],
  }),
  adapter({
    name: 'CLIPVisionLoader',
    displayName: 'Load CLIP Vision',
    category: 'model/loaders',
    inputs: [fileFrom('clip_name', 'clip_vision')],
    outputs: [['CLIP_VISION', 'clipVision']],
    is: ['LoadCLIPVision', { clipVision: 'clip_name' }],
  }),
  adapter({
    name: 'DualCLIPLoader',
    displayName: 'DualCLIPLoader',
    category: 'model/loaders',
    inputs: [
      fileFrom('clip_name1', 'text_encoders'),
      fileFrom('clip_name2', 'text_encoders'),
      chosenFrom('type', ['sdxl']),
    ],
    outputs: [['CLIP', 'textEncoder']],
    is: ['LoadTextEncoder', { textEncoder: 'clip_name1', second: 'clip_name2' }],
  }),
]
