import { adapter, chosenFrom, decimal, fileFrom, integer, socket, textInput } from './declare.ts'

const rescaling = ['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos']
const resizeMethods = { 'nearest-exact': 'nearest' }

/** Pictures in and out. */
export const imageAdapters = [
  adapter({
    name: 'LoadImage',
    displayName: 'Load Image',
    category: 'image',
    inputs: [fileFrom('image', 'input', { image_upload: true })],
    outputs: [
      ['IMAGE', 'image'],
      ['MASK', 'mask'],
    ],
    is: ['LoadImage', { file: 'image' }],
  }),
  adapter({
    name: 'SaveImage',
    displayName: 'Save Image',
    category: 'image',
    description: 'Saves the input images to your output directory.',
    inputs: [socket('images', 'IMAGE'), textInput('filename_prefix', 'ComfyUI')],
    outputs: [],
    outputNode: true,
    is: ['SaveImage', { image: 'images', name: 'filename_prefix' }],
  }),
  adapter({
    name: 'PreviewImage',
    displayName: 'Preview Image',
    category: 'image',
    description: 'Keeps the input images and shows them.',
    inputs: [socket('images', 'IMAGE')],
    outputs: [],
    outputNode: true,
    is: ['SaveImage', { image: 'images', name: { value: 'preview' }, embedWorkflow: { value: false } }],
  }),
  adapter({
    name: 'ImageScale',
    displayName: 'Upscale Image',
    category: 'image/upscaling',
    inputs: [
      socket('image', 'IMAGE'),
      chosenFrom('upscale_method', rescaling),
      integer('width', 512, 0, 16_384),
      integer('height', 512, 0, 16_384),
      chosenFrom('crop', ['disabled', 'center']),
    ],
    outputs: [['IMAGE', 'image']],
    is: [
      'ResizeImage',
      { image: 'image', method: ['upscale_method', resizeMethods], width: 'width', height: 'height' },
    ],
  }),
  adapter({
    name: 'LoraLoader',
    displayName: 'Load LoRA',
    category: 'loaders',
    inputs: [
      socket('model', 'MODEL'),
      socket('clip', 'CLIP'),
      fileFrom('lora_name', 'loras'),
      decimal('strength_model', 1, -100, 100, 0.01),
      decimal('strength_clip', 1, -100, 100, 0.01),
    ],
    outputs: [
      ['MODEL', 'model'],
      ['CLIP', 'textEncoder'],
    ],
    is: [
      'LoadLora',
      {
        model: 'model',
        textEncoder: 'clip',
        lora: 'lora_name',
        modelStrength: 'strength_model',
        textEncoderStrength: 'strength_clip',
      },
    ],
  }),
]
