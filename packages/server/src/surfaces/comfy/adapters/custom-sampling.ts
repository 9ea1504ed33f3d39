import { samplerNames } from '@patchbay/nodes/diffusion'
import { adapter, chosenFrom, decimal, integer, seedInput, socket, toggleInput } from './declare.ts'
import { samplersByClass } from './samplers.ts'
import { comfyRules, schedulerNames } from './sampling.ts'

const enabled = { enable: true, disable: false }
/** What a linked sampler is, and how much noise it adds. */
const linkedSampler = {
  sampler: {
    via: 'sampler',
    of: ['sampler_name', 'solver_type'],
    maps: {
      solver_type: { midpoint: 'dpmpp_2m_sde', heun: 'dpmpp_2m_sde_heun', 'ER-SDE': 'er_sde', phi_1: 'seeds_2' },
    },
    byClass: samplersByClass,
    written: 'KSamplerSelect',
  },
  eta: { via: 'sampler', of: ['eta'] },
  noiseScale: { via: 'sampler', of: ['s_noise'] },
} as const

/** Sampling in parts: schedules, guiders, noise, and runs of some of the steps. */
export const customSamplingAdapters = [
  adapter({
    name: 'KSamplerAdvanced',
    displayName: 'KSampler (Advanced)',
    category: 'model/sampling',
    inputs: [
      socket('model', 'MODEL'),
      chosenFrom('add_noise', ['enable', 'disable']),
      seedInput('noise_seed'),
      integer('steps', 20, 1, 10000),
      decimal('cfg', 8, 0, 100, 0.1),
      chosenFrom('sampler_name', samplerNames),
      chosenFrom('scheduler', schedulerNames),
      socket('positive', 'CONDITIONING'),
      socket('negative', 'CONDITIONING'),
      socket('latent_image', 'LATENT'),
      integer('start_at_step', 0, 0, 10000),
      integer('end_at_step', 10000, 0, 10000),
      chosenFrom('return_with_leftover_noise', ['disable', 'enable']),
    ],
    outputs: [['LATENT', 'latents']],
    is: {
      main: [
        'Sample',
        {
          model: 'model',
          positive: 'positive',
          negative: 'negative',
          latents: 'latent_image',
          seed: 'noise_seed',
          guidanceScale: 'cfg',
          sampler: 'sampler_name',
          addNoise: ['add_noise', enabled],
          sigmas: { part: 'trim', output: 'sigmas' },
          ...comfyRules,
        },
      ],
      schedule: [
        'Sigmas',
        {
          model: 'model',
          scheduler: 'scheduler',
          steps: 'steps',
          sampler: 'sampler_name',
          formulas: comfyRules.formulas,
          whole: { value: true },
        },
      ],
      trim: [
        'TrimSigmas',
        {
          sigmas: { part: 'schedule', output: 'sigmas' },
          first: 'start_at_step',
          last: 'end_at_step',
          toZero: ['return_with_leftover_noise', { enable: false, disable: true }],
        },
      ],
    },
  }),
  adapter({
    name: 'SamplerCustom',
    displayName: 'SamplerCustom',
    category: 'model/sampling/custom',
    inputs: [
      socket('model', 'MODEL'),
      toggleInput('add_noise', true),
      seedInput('noise_seed'),
      decimal('cfg', 8, 0, 100, 0.1),
      socket('positive', 'CONDITIONING'),
      socket('negative', 'CONDITIONING'),
      socket('sampler', 'SAMPLER'),
      socket('sigmas', 'SIGMAS'),
      socket('latent_image', 'LATENT'),
    ],
    outputs: [
      ['LATENT', 'latents', 'output'],
      ['LATENT', 'denoised', 'denoised_output'],
    ],
    is: [
      'Sample',
      {
        model: 'model',
        positive: 'positive',
        negative: 'negative',
        latents: 'latent_image',
        addNoise: 'add_noise',
        seed: 'noise_seed',
        guidanceScale: 'cfg',
        ...linkedSampler,
        sigmas: 'sigmas',
        ...comfyRules,
      },
    ],
  }),
  adapter({
    name: 'SamplerCustomAdvanced',
    displayName: 'SamplerCustomAdvanced',
    category: 'model/sampling/custom',
    inputs: [
      socket('noise', 'NOISE'),
      socket('guider', 'GUIDER'),
      socket('sampler', 'SAMPLER'),
      socket('sigmas', 'SIGMAS'),
      socket('latent_image', 'LATENT'),
    ],
    outputs: [
      ['LATENT', 'latents', 'output'],
      ['LATENT', 'denoised', 'denoised_output'],
    ],
    is: [
      'Sample',
      {
        model: { via: 'guider', of: ['model'] },
        positive: { via: 'guider', of: ['positive', 'conditioning'] },
        negative: { via: 'guider', of: ['negative'] },
        guidanceScale: { via: 'guider', of: ['cfg'], otherwise: 1 },
        seed: { via: 'noise', of: ['noise_seed'], otherwise: 0 },
        addNoise: { via: 'noise', of: [], byClass: { DisableNoise: false }, otherwise: true },
        ...linkedSampler,
        sigmas: 'sigmas',
        latents: 'latent_image',
        ...comfyRules,
      },
    ],
  }),
  adapter({
    name: 'AddNoise',
    displayName: 'AddNoise',
    category: 'model/sampling/noise',
    inputs: [
      socket('model', 'MODEL'),
      socket('noise', 'NOISE'),
      socket('sigmas', 'SIGMAS'),
      socket('latent_image', 'LATENT'),
    ],
    outputs: [['LATENT', 'latents']],
    is: [
      'NoiseSampler',
      {
        model: 'model',
        latents: 'latent_image',
        sigmas: 'sigmas',
        seed: { via: 'noise', of: ['noise_seed'], otherwise: 0, written: 'RandomNoise' },
        generator: comfyRules.generator,
      },
    ],
  }),
  adapter({
    name: 'CFGGuider',
    displayName: 'CFG Guider',
    category: 'model/sampling/guiders',
    inputs: [
      socket('model', 'MODEL'),
      socket('positive', 'CONDITIONING'),
      socket('negative', 'CONDITIONING'),
      decimal('cfg', 8, 0, 100, 0.1),
    ],
    outputs: [['GUIDER', null]],
    is: {},
  }),
  adapter({
    name: 'BasicGuider',
    displayName: 'Basic Guider',
    category: 'model/sampling/guiders',
    inputs: [socket('model', 'MODEL'), socket('conditioning', 'CONDITIONING')],
    outputs: [['GUIDER', null]],
    is: {},
  }),
  adapter({
    name: 'RandomNoise',
    displayName: 'RandomNoise',
    category: 'model/sampling/noise',
    inputs: [seedInput('noise_seed')],
    outputs: [['NOISE', null]],
    is: {},
  }),
  adapter({
    name: 'DisableNoise',
    displayName: 'DisableNoise',
    category: 'model/sampling/noise',
    inputs: [],
    outputs: [['NOISE', null]],
    is: {},
  }),
]
