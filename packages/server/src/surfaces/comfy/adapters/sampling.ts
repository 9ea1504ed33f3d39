import { samplerNames, schedulerNames as ownSchedulerNames } from '@patchbay/nodes/diffusion'
import {
  adapter,
  chosenFrom,
  decimal,
  emptyLatents,
  fileFrom,
  integer,
  seedInput,
  socket,
  textInput,
} from './declare.ts'

/** The schedulers that ComfyUI has too: all of ours but the checkpoint's own timesteps. */
export const schedulerNames = ownSchedulerNames.filter((name) => name !== 'checkpoint')

/**
 * ComfyUI draws the noise of a batch from one of PyTorch's generators on the CPU, and has formulas of its own in
 * places: with both, a seed gives the picture that people know.
 */
export const comfyRules = { generator: { value: 'torch-cpu-batch' }, formulas: { value: 'comfyui' } } as const

/** Text to image and back: what nearly every workflow is made of. */
export const samplingAdapters = [
  adapter({
    name: 'CheckpointLoaderSimple',
    displayName: 'Load Checkpoint',
    category: 'loaders',
    inputs: [fileFrom('ckpt_name', 'checkpoints')],
    outputs: [
      ['MODEL', 'model'],
      ['CLIP', 'textEncoder'],
      ['VAE', 'vae'],
    ],
    is: ['LoadCheckpoint', { checkpoint: 'ckpt_name' }],
  }),
  adapter({
    name: 'CLIPTextEncode',
    displayName: 'CLIP Text Encode (Prompt)',
    category: 'conditioning',
    inputs: [textInput('text', '', { multiline: true, dynamicPrompts: true }), socket('clip', 'CLIP')],
    outputs: [['CONDITIONING', 'conditioning']],
    is: ['TextEncode', { textEncoder: 'clip', text: 'text', grammar: { value: 'comfyui' } }],
  }),
  emptyLatents('EmptyLatentImage', 'Empty Latent Image', 'latent', { side: 512, multiple: 8 }),
  adapter({
    name: 'KSampler',
    displayName: 'KSampler',
    category: 'sampling',
    description: 'Uses the provided model, positive and negative conditioning to denoise the latent image.',
    inputs: [
      socket('model', 'MODEL'),
      seedInput('seed'),
      integer('steps', 20, 1, 10_000),
      decimal('cfg', 8, 0, 100, 0.1),
      chosenFrom('sampler_name', samplerNames),
      chosenFrom('scheduler', schedulerNames),
      socket('positive', 'CONDITIONING'),
      socket('negative', 'CONDITIONING'),
      socket('latent_image', 'LATENT'),
      decimal('denoise', 1, 0, 1, 0.01),
    ],
    outputs: [['LATENT', 'latents']],
    is: [
      'Sample',
      {
        model: 'model',
        positive: 'positive',
        negative: 'negative',
        latents: 'latent_image',
        seed: 'seed',
        steps: 'steps',
        guidanceScale: 'cfg',
        sampler: 'sampler_name',
        scheduler: 'scheduler',
        denoiseStrength: 'denoise',
        ...comfyRules,
      },
    ],
  }),
  adapter({
    name: 'BasicScheduler',
    displayName: 'BasicScheduler',
    category: 'sampling/custom_sampling/schedulers',
    inputs: [
      socket('model', 'MODEL'),
      chosenFrom('scheduler', schedulerNames),
      integer('steps', 20, 1, 10_000),
      decimal('denoise', 1, 0, 1, 0.01),
    ],
    outputs: [['SIGMAS', 'sigmas']],
    is: [
      'Sigmas',
      {
        model: 'model',
        scheduler: 'scheduler',
        steps: 'steps',
        denoiseStrength: 'denoise',
        formulas: comfyRules.formulas,
      },
    ],
  }),
  adapter({
    name: 'VAEDecode',
    displayName: 'VAE Decode',
    category: 'latent',
    inputs: [socket('samples', 'LATENT'), socket('vae', 'VAE')],
    outputs: [['IMAGE', 'image']],
    is: ['VAEDecode', { latents: 'samples', vae: 'vae' }],
  }),
  adapter({
    name: 'VAEEncode',
    displayName: 'VAE Encode',
    category: 'latent',
    inputs: [socket('pixels', 'IMAGE'), socket('vae', 'VAE')],
    outputs: [['LATENT', 'latents']],
    is: ['VAEEncode', { image: 'pixels', vae: 'vae' }],
  }),
]
