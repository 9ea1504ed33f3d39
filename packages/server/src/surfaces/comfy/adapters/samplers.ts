import { samplerNames } from '@patchbay/nodes/diffusion'
import type { ComfyInput } from '../classes/comfy-class.ts'
import { adapter, chosenFrom, decimal, integer, onlyWith, socket, toggleInput } from './declare.ts'

/** The sampler that a class is, where no input of it says so. */
export const samplersByClass = {
  SamplerEulerAncestral: 'euler_ancestral',
  SamplerEulerAncestralCFGPP: 'euler_ancestral_cfg_pp',
  SamplerEulerCFGpp: 'euler_cfg_pp',
  SamplerDPMPP_2S_Ancestral: 'dpmpp_2s_ancestral',
  SamplerDPMPP_SDE: 'dpmpp_sde',
  SamplerDPMPP_3M_SDE: 'dpmpp_3m_sde',
  SamplerLCM: 'lcm',
  SamplerLMS: 'lms',
  SamplerSASolver: 'sa_solver',
}

/** A class without a native node: the node that samples reads its settings. */
const sampler = (name: string, inputs: readonly ComfyInput[]) =>
  adapter({
    name,
    displayName: name,
    category: 'model/sampling/samplers',
    inputs,
    outputs: [['SAMPLER', null]],
    is: {},
  })

/** Samplers as nodes of their own, with their settings. */
export const samplerAdapters = [
  sampler('KSamplerSelect', [chosenFrom('sampler_name', samplerNames)]),
  sampler('SamplerEulerAncestral', [decimal('eta', 1, 0, 100, 0.01), decimal('s_noise', 1, 0, 100, 0.01)]),
  sampler('SamplerDPMPP_2M_SDE', [
    chosenFrom('solver_type', ['midpoint', 'heun']),
    decimal('eta', 1, 0, 100, 0.01),
    decimal('s_noise', 1, 0, 100, 0.01),
    chosenFrom('noise_device', ['gpu', 'cpu']),
  ]),
  sampler('SamplerLMS', [onlyWith(integer('order', 4, 1, 100), 4)]),
  sampler('SamplerDPMPP_2S_Ancestral', [decimal('eta', 1, 0, 100, 0.01), decimal('s_noise', 1, 0, 100, 0.01)]),
  sampler('SamplerDPMPP_SDE', [
    decimal('eta', 1, 0, 100, 0.01),
    decimal('s_noise', 1, 0, 100, 0.01),
    onlyWith(decimal('r', 0.5, 0, 100, 0.01), 0.5),
    chosenFrom('noise_device', ['gpu', 'cpu']),
  ]),
  sampler('SamplerDPMPP_3M_SDE', [
    decimal('eta', 1, 0, 100, 0.01),
    decimal('s_noise', 1, 0, 100, 0.01),
    chosenFrom('noise_device', ['gpu', 'cpu']),
  ]),
  adapter({
    name: 'SamplerEulerAncestralCFGPP',
    displayName: 'SamplerEulerAncestralCFG++',
    category: 'model/sampling/samplers',
    inputs: [decimal('eta', 1, 0, 1, 0.01), decimal('s_noise', 1, 0, 10, 0.01)],
    outputs: [['SAMPLER', null]],
    is: {},
  }),
  adapter({
    name: 'SamplerEulerCFGpp',
    displayName: 'SamplerEulerCFG++',
    category: 'experimental',
    inputs: [chosenFrom('version', ['regular'])],
    outputs: [['SAMPLER', null]],
    is: {},
  }),
  sampler('SamplerLCM', [
    decimal('s_noise', 1, 0, 64, 0.01),
    onlyWith(decimal('s_noise_end', 1, 0, 64, 0.01), 1),
    onlyWith(decimal('noise_clip_std', 0, 0, 10, 0.01), 0),
  ]),
  sampler('SamplerER_SDE', [
    chosenFrom('solver_type', ['ER-SDE']),
    onlyWith(integer('max_stage', 3, 1, 3), 3),
    decimal('eta', 1, 0, 100, 0.01),
    decimal('s_noise', 1, 0, 100, 0.01),
  ]),
  sampler('SamplerSEEDS2', [
    chosenFrom('solver_type', ['phi_1']),
    decimal('eta', 1, 0, 100, 0.01),
    decimal('s_noise', 1, 0, 100, 0.01),
    onlyWith(decimal('r', 0.5, 0.01, 1, 0.01), 0.5),
  ]),
  sampler('SamplerSASolver', [
    socket('model', 'MODEL'),
    decimal('eta', 1, 0, 10, 0.01),
    onlyWith(decimal('sde_start_percent', 0.2, 0, 1, 0.001), 0.2),
    onlyWith(decimal('sde_end_percent', 0.8, 0, 1, 0.001), 0.8),
    decimal('s_noise', 1, 0, 100, 0.01),
    onlyWith(integer('predictor_order', 3, 1, 6), 3),
    onlyWith(integer('corrector_order', 4, 0, 6), 4),
    onlyWith(toggleInput('use_pece', false), false),
    onlyWith(toggleInput('simple_order_2', false), false),
  ]),
]
