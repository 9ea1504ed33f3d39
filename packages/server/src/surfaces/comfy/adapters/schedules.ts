import type { ComfyInput } from '../classes/comfy-class.ts'
import {
  type PartDeclaration,
  adapter,
  chosenFrom,
  decimal,
  integer,
  socket,
  textInput,
  toggleInput,
} from './declare.ts'

/** A rule that makes noise levels. */
const schedule = (name: string, inputs: readonly ComfyInput[], is: PartDeclaration) =>
  adapter({
    name,
    displayName: name,
    category: 'model/sampling/schedulers',
    inputs,
    outputs: [['SIGMAS', 'sigmas']],
    is,
  })

/** Noise levels, made and changed. */
export const scheduleAdapters = [
  schedule(
    'SDTurboScheduler',
    [socket('model', 'MODEL'), integer('steps', 1, 1, 10), decimal('denoise', 1, 0, 1, 0.01)],
    ['TurboSigmas', { model: 'model', steps: 'steps', denoiseStrength: 'denoise' }],
  ),
  schedule(
    'KarrasScheduler',
    [
      integer('steps', 20, 1, 10000),
      decimal('sigma_max', 14.6146, 0, 5000, 0.01),
      decimal('sigma_min', 0.0291675, 0, 5000, 0.01),
      decimal('rho', 7, 0, 100, 0.01),
    ],
    ['KarrasSigmas', { steps: 'steps', sigmaMax: 'sigma_max', sigmaMin: 'sigma_min', rho: 'rho' }],
  ),
  schedule(
    'ExponentialScheduler',
    [
      integer('steps', 20, 1, 10000),
      decimal('sigma_max', 14.6146, 0, 5000, 0.01),
      decimal('sigma_min', 0.0291675, 0, 5000, 0.01),
    ],
    ['ExponentialSigmas', { steps: 'steps', sigmaMax: 'sigma_max', sigmaMin: 'sigma_min', rho: { value: 1 } }],
  ),
  schedule(
    'PolyexponentialScheduler',
    [
      integer('steps', 20, 1, 10000),
      decimal('sigma_max', 14.6146, 0, 5000, 0.01),
      decimal('sigma_min', 0.0291675, 0, 5000, 0.01),
      decimal('rho', 1, 0, 100, 0.01),
    ],
    ['ExponentialSigmas', { steps: 'steps', sigmaMax: 'sigma_max', sigmaMin: 'sigma_min', rho: 'rho' }],
  ),
  schedule(
    'BetaSamplingScheduler',
    [
      socket('model', 'MODEL'),
      integer('steps', 20, 1, 10000),
      decimal('alpha', 0.6, 0, 50, 0.01),
      decimal('beta', 0.6, 0, 50, 0.01),
    ],
    ['BetaSigmas', { model: 'model', steps: 'steps', alpha: 'alpha', beta: 'beta' }],
  ),
  adapter({
    name: 'SplitSigmas',
    displayName: 'SplitSigmas',
    category: 'model/sampling/sigmas',
    inputs: [socket('sigmas', 'SIGMAS'), integer('step', 0, 0, 10000)],
    outputs: [
      ['SIGMAS', 'high', 'high_sigmas'],
      ['SIGMAS', 'low', 'low_sigmas'],
    ],
    is: ['SplitSigmas', { sigmas: 'sigmas', step: 'step' }],
  }),
  adapter({
    name: 'ManualSigmas',
    displayName: 'ManualSigmas',
    category: 'model/sampling/sigmas',
    inputs: [textInput('sigmas', '1, 0.5')],
    outputs: [['SIGMAS', 'sigmas']],
    is: ['ManualSigmas', { levels: 'sigmas' }],
  }),
  schedule(
    'VPScheduler',
    [
      integer('steps', 20, 1, 10000),
      decimal('beta_d', 19.9, 0, 5000, 0.01),
      decimal('beta_min', 0.1, 0, 5000, 0.01),
      decimal('eps_s', 0.001, 0, 1, 0.0001),
    ],
    ['VariancePreservingSigmas', { steps: 'steps', betaD: 'beta_d', betaMin: 'beta_min', earliest: 'eps_s' }],
  ),
  schedule(
    'LaplaceScheduler',
    [
      integer('steps', 20, 1, 10000),
      decimal('sigma_max', 14.614642, 0, 5000, 0.01),
      decimal('sigma_min', 0.0291675, 0, 5000, 0.01),
      decimal('mu', 0, -10, 10, 0.1),
      decimal('beta', 0.5, 0, 10, 0.1),
    ],
    ['LaplaceSigmas', { steps: 'steps', sigmaMax: 'sigma_max', sigmaMin: 'sigma_min', mu: 'mu', beta: 'beta' }],
  ),
  schedule(
    'AlignYourStepsScheduler',
    [chosenFrom('model_type', ['SD1', 'SDXL']), integer('steps', 10, 1, 10000), decimal('denoise', 1, 0, 1, 0.01)],
    [
      'AlignedSigmas',
      { family: ['model_type', { SD1: 'sd1', SDXL: 'sdxl' }], steps: 'steps', denoiseStrength: 'denoise' },
    ],
  ),
  adapter({
    name: 'FlipSigmas',
    displayName: 'FlipSigmas',
    category: 'model/sampling/sigmas',
    inputs: [socket('sigmas', 'SIGMAS')],
    outputs: [['SIGMAS', 'sigmas']],
    is: ['FlipSigmas', { sigmas: 'sigmas' }],
  }),
  adapter({
    name: 'SetFirstSigma',
    displayName: 'SetFirstSigma',
    category: 'model/sampling/sigmas',
    inputs: [socket('sigmas', 'SIGMAS'), decimal('sigma', 136, 0, 20_000, 0.001)],
    outputs: [['SIGMAS', 'sigmas']],
    is: ['FirstSigma', { sigmas: 'sigmas', sigma: 'sigma' }],
  }),
  adapter({
    name: 'SplitSigmasDenoise',
    displayName: 'SplitSigmasDenoise',
    category: 'model/sampling/sigmas',
    inputs: [socket('sigmas', 'SIGMAS'), decimal('denoise', 1, 0, 1, 0.01)],
    outputs: [
      ['SIGMAS', 'high', 'high_sigmas'],
      ['SIGMAS', 'low', 'low_sigmas'],
    ],
    is: ['SplitSigmasByStrength', { sigmas: 'sigmas', denoiseStrength: 'denoise' }],
  }),
  adapter({
    name: 'ExtendIntermediateSigmas',
    displayName: 'ExtendIntermediateSigmas',
    category: 'model/sampling/sigmas',
    inputs: [
      socket('sigmas', 'SIGMAS'),
      integer('steps', 2, 1, 100),
      decimal('start_at_sigma', -1, -1, 20_000, 0.01),
      decimal('end_at_sigma', 12, 0, 20_000, 0.01),
      chosenFrom('spacing', ['linear', 'cosine', 'sine']),
    ],
    outputs: [['SIGMAS', 'sigmas']],
    is: [
      'ExtendSigmas',
      { sigmas: 'sigmas', steps: 'steps', highest: 'start_at_sigma', lowest: 'end_at_sigma', spacing: 'spacing' },
    ],
  }),
  adapter({
    name: 'SamplingPercentToSigma',
    displayName: 'SamplingPercentToSigma',
    category: 'model/sampling/sigmas',
    inputs: [
      socket('model', 'MODEL'),
      decimal('sampling_percent', 0, 0, 1, 0.0001),
      toggleInput('return_actual_sigma', false),
    ],
    outputs: [['FLOAT', 'sigma', 'sigma_value']],
    is: ['SigmaAt', { model: 'model', share: 'sampling_percent', ends: 'return_actual_sigma' }],
  }),
]
