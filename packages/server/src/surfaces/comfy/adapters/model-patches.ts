import { adapter, chosenFrom, decimal, socket, toggleInput } from './declare.ts'

/** ComfyUI has a class for each edition of FreeU, with defaults of its own. */
const freeUAdapter = (name: string, [b1, b2]: readonly [number, number], isAdaptive: boolean) =>
  adapter({
    ...{ name, displayName: name, category: 'model/patch/unet' },
    inputs: [
      socket('model', 'MODEL'),
      ...Object.entries({ b1, b2, s1: 0.9, s2: 0.2 }).map(([part, value]) => decimal(part, value, 0, 10, 0.01)),
    ],
    outputs: [['MODEL', 'model']],
    is: [
      'FreeU',
      {
        ...{ model: 'model', backbone1: 'b1', backbone2: 'b2', skip1: 's1', skip2: 's2' },
        adaptive: { value: isAdaptive },
      },
    ],
  })

/** What models predict, how noise was added in training, and how guidance acts on them. */
export const modelPatchAdapters = [
  adapter({
    name: 'ModelSamplingDiscrete',
    displayName: 'ModelSamplingDiscrete',
    category: 'model/patch',
    inputs: [
      socket('model', 'MODEL'),
      chosenFrom('sampling', ['eps', 'v_prediction', 'lcm', 'x0']),
      toggleInput('zsnr', false),
    ],
    outputs: [['MODEL', 'model']],
    is: [
      'NoiseProcess',
      {
        model: 'model',
        prediction: ['sampling', { eps: 'epsilon', v_prediction: 'v', lcm: 'consistency', x0: 'sample' }],
        zeroTerminalSnr: 'zsnr',
      },
    ],
  }),
  adapter({
    name: 'ModelSamplingSD3',
    displayName: 'ModelSamplingSD3',
    category: 'model/patch/stable diffusion',
    inputs: [socket('model', 'MODEL'), decimal('shift', 3, 0, 100, 0.01)],
    outputs: [['MODEL', 'model']],
    is: ['NoiseProcess', { model: 'model', prediction: { value: 'flow' }, shift: 'shift' }],
  }),
  adapter({
    name: 'PerturbedAttentionGuidance',
    displayName: 'Perturbed-Attention Guidance',
    category: 'model/patch',
    inputs: [socket('model', 'MODEL'), decimal('scale', 3, 0, 100, 0.01)],
    outputs: [['MODEL', 'model']],
    is: ['GuidanceOptions', { model: 'model', perturbedAttention: 'scale' }],
  }),
  freeUAdapter('FreeU', [1.1, 1.2], false),
  freeUAdapter('FreeU_V2', [1.3, 1.4], true),
  adapter({
    name: 'RescaleCFG',
    displayName: 'RescaleCFG',
    category: 'model/patch',
    inputs: [socket('model', 'MODEL'), decimal('multiplier', 0.7, 0, 1, 0.01)],
    outputs: [['MODEL', 'model']],
    is: ['GuidanceOptions', { model: 'model', rescale: 'multiplier' }],
  }),
  adapter({
    name: 'ModelSamplingContinuousEDM',
    displayName: 'ModelSamplingContinuousEDM',
    category: 'model/patch',
    inputs: [
      socket('model', 'MODEL'),
      chosenFrom('sampling', ['v_prediction', 'edm', 'eps']),
      decimal('sigma_max', 120, 0, 1000, 0.001),
      decimal('sigma_min', 0.002, 0, 1000, 0.001),
    ],
    outputs: [['MODEL', 'model']],
    is: [
      'ContinuousProcess',
      {
        model: 'model',
        prediction: ['sampling', { v_prediction: 'v', eps: 'epsilon' }],
        dataSpread: ['sampling', { v_prediction: 1, edm: 0.5, eps: 1 }],
        sigmaMax: 'sigma_max',
        sigmaMin: 'sigma_min',
        timesteps: { value: 'logarithm' },
      },
    ],
  }),
  adapter({
    name: 'ModelSamplingContinuousV',
    displayName: 'ModelSamplingContinuousV',
    category: 'model/patch',
    inputs: [
      socket('model', 'MODEL'),
      chosenFrom('sampling', ['v_prediction']),
      decimal('sigma_max', 500, 0, 1000, 0.001),
      decimal('sigma_min', 0.03, 0, 1000, 0.001),
    ],
    outputs: [['MODEL', 'model']],
    is: [
      'ContinuousProcess',
      {
        model: 'model',
        prediction: ['sampling', { v_prediction: 'v' }],
        sigmaMax: 'sigma_max',
        sigmaMin: 'sigma_min',
        timesteps: { value: 'angle' },
      },
    ],
  }),
  adapter({
    name: 'DifferentialDiffusion',
    displayName: 'Differential Diffusion',
    category: 'experimental',
    inputs: [socket('model', 'MODEL'), { ...decimal('strength', 1, 0, 1, 0.01), optional: true }],
    outputs: [['MODEL', 'model']],
    is: ['GradualMask', { model: 'model', strength: 'strength' }],
  }),
]
