import { adapter, chosenFrom, decimal, emptyLatents, fileFrom, integer, socket, textInput } from './declare.ts'

/** Where an encoder runs changes no picture: a server has one device for all models. */
const device = { ...chosenFrom('device', ['default', 'cpu']), optional: true }

/** ComfyUI's names of families, and ours; what it does not have to be told is read from the files. */
const oneEncoder = { stable_diffusion: 'auto', sdxl: 'auto', sd3: 'sd3', lumina2: 'z-image', flux2: 'flux2' }
const twoEncoders = { sdxl: 'sdxl', sd3: 'sd3', flux: 'flux' }

/** Text encoders, guidance and schedules of SD 3, Flux and Z-Image. */
export const newerFamilyAdapters = [
  adapter({
    name: 'CLIPLoader',
    displayName: 'Load CLIP',
    category: 'model/loaders',
    description: 'What the encoder is of is read from its file; lumina2 is Z-Image, whose encoder Flux.2 has too.',
    inputs: [fileFrom('clip_name', 'text_encoders'), chosenFrom('type', Object.keys(oneEncoder)), device],
    outputs: [['CLIP', 'textEncoder']],
    is: ['LoadTextEncoder', { textEncoder: 'clip_name', second: { value: '' }, family: ['type', oneEncoder] }],
  }),
  adapter({
    name: 'DualCLIPLoader',
    displayName: 'DualCLIPLoader',
    category: 'model/loaders',
    inputs: [
      fileFrom('clip_name1', 'text_encoders'),
      fileFrom('clip_name2', 'text_encoders'),
      chosenFrom('type', Object.keys(twoEncoders)),
      device,
    ],
    outputs: [['CLIP', 'textEncoder']],
    is: ['LoadTextEncoder', { textEncoder: 'clip_name1', second: 'clip_name2', family: ['type', twoEncoders] }],
  }),
  adapter({
    name: 'TripleCLIPLoader',
    displayName: 'TripleCLIPLoader',
    category: 'model/loaders',
    description: 'The two CLIPs and the T5 of SD 3, in any order.',
    inputs: ['clip_name1', 'clip_name2', 'clip_name3'].map((name) => fileFrom(name, 'text_encoders')),
    outputs: [['CLIP', 'textEncoder']],
    is: [
      'LoadTextEncoder',
      { textEncoder: 'clip_name1', second: 'clip_name2', third: 'clip_name3', family: { value: 'sd3' } },
    ],
  }),
  adapter({
    name: 'CLIPTextEncodeFlux',
    displayName: 'CLIPTextEncodeFlux',
    category: 'model/conditioning/flux',
    inputs: [
      socket('clip', 'CLIP'),
      textInput('clip_l', '', { multiline: true, dynamicPrompts: true }),
      textInput('t5xxl', '', { multiline: true, dynamicPrompts: true }),
      decimal('guidance', 3.5, 0, 100, 0.1),
    ],
    outputs: [['CONDITIONING', 'guidance.conditioning']],
    is: {
      main: ['TextEncode', { textEncoder: 'clip', text: 'clip_l', secondText: 't5xxl', grammar: { value: 'comfyui' } }],
      guidance: ['DistilledGuidance', { conditioning: { part: 'main', output: 'conditioning' }, guidance: 'guidance' }],
    },
  }),
  adapter({
    name: 'CLIPTextEncodeSD3',
    displayName: 'CLIPTextEncodeSD3',
    category: 'model/conditioning/stable diffusion',
    description: 'An empty text is the first one again, whatever empty_padding says.',
    inputs: [
      socket('clip', 'CLIP'),
      textInput('clip_l', '', { multiline: true, dynamicPrompts: true }),
      textInput('clip_g', '', { multiline: true, dynamicPrompts: true }),
      textInput('t5xxl', '', { multiline: true, dynamicPrompts: true }),
      chosenFrom('empty_padding', ['none', 'empty_prompt']),
    ],
    outputs: [['CONDITIONING', 'conditioning']],
    is: [
      'TextEncode',
      { textEncoder: 'clip', text: 'clip_l', secondText: 'clip_g', thirdText: 't5xxl', grammar: { value: 'comfyui' } },
    ],
  }),
  adapter({
    name: 'FluxGuidance',
    displayName: 'FluxGuidance',
    category: 'model/conditioning/flux',
    inputs: [socket('conditioning', 'CONDITIONING'), decimal('guidance', 3.5, 0, 100, 0.1)],
    outputs: [['CONDITIONING', 'conditioning']],
    is: ['DistilledGuidance', { conditioning: 'conditioning', guidance: 'guidance' }],
  }),
  adapter({
    name: 'ModelSamplingFlux',
    displayName: 'ModelSamplingFlux',
    category: 'model/patch/flux',
    inputs: [
      socket('model', 'MODEL'),
      decimal('max_shift', 1.15, 0, 100, 0.01),
      decimal('base_shift', 0.5, 0, 100, 0.01),
      integer('width', 1024, 16, 16384, 8),
      integer('height', 1024, 16, 16384, 8),
    ],
    outputs: [['MODEL', 'model']],
    is: [
      'ShiftBySize',
      { model: 'model', maxShift: 'max_shift', baseShift: 'base_shift', width: 'width', height: 'height' },
    ],
  }),
  adapter({
    name: 'Flux2Scheduler',
    displayName: 'Flux2Scheduler',
    category: 'model/sampling/sigmas',
    inputs: [integer('steps', 20, 1, 4096), integer('width', 1024, 16, 16384), integer('height', 1024, 16, 16384)],
    outputs: [['SIGMAS', 'sigmas']],
    is: ['Flux2Sigmas', { steps: 'steps', width: 'width', height: 'height' }],
  }),
  emptyLatents('EmptyFlux2LatentImage', 'Empty Flux 2 Latent', 'model/latent/flux', { side: 1024, multiple: 16 }),
  adapter({
    name: 'UnetLoaderGGUF',
    displayName: 'Unet Loader (GGUF)',
    category: 'bootleg',
    module: 'custom_nodes.ComfyUI-GGUF',
    inputs: [fileFrom('unet_name', 'diffusion_models')],
    outputs: [['MODEL', 'model']],
    is: ['LoadDiffusionModel', { model: 'unet_name' }],
  }),
  adapter({
    name: 'CLIPLoaderGGUF',
    displayName: 'CLIPLoader (GGUF)',
    category: 'bootleg',
    module: 'custom_nodes.ComfyUI-GGUF',
    inputs: [fileFrom('clip_name', 'text_encoders'), chosenFrom('type', Object.keys(oneEncoder))],
    outputs: [['CLIP', 'textEncoder']],
    is: ['LoadTextEncoder', { textEncoder: 'clip_name', second: { value: '' }, family: ['type', oneEncoder] }],
  }),
  adapter({
    name: 'DualCLIPLoaderGGUF',
    displayName: 'DualCLIPLoader (GGUF)',
    category: 'bootleg',
    module: 'custom_nodes.ComfyUI-GGUF',
    inputs: [
      fileFrom('clip_name1', 'text_encoders'),
      fileFrom('clip_name2', 'text_encoders'),
      chosenFrom('type', Object.keys(twoEncoders)),
    ],
    outputs: [['CLIP', 'textEncoder']],
    is: ['LoadTextEncoder', { textEncoder: 'clip_name1', second: 'clip_name2', family: ['type', twoEncoders] }],
  }),
]
