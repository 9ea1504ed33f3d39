import { expect, test } from 'vitest'
import { samplerNames, type SamplerName } from './index.ts'
import { describeSampler, type SamplerTraits } from './sampler.contract.ts'

const deterministic = (order: number): SamplerTraits => ({ order, isStochastic: false })
const stochastic = (order: number): SamplerTraits => ({ order, isStochastic: true })

const traits: Record<SamplerName, SamplerTraits> = {
  euler: deterministic(1),
  euler_cfg_pp: deterministic(1),
  euler_ancestral: stochastic(1),
  euler_ancestral_cfg_pp: stochastic(1),
  heun: deterministic(2),
  heunpp2: deterministic(1),
  exp_heun_2_x0: deterministic(2),
  exp_heun_2_x0_sde: stochastic(2),
  dpm_2: deterministic(2),
  dpm_2_ancestral: stochastic(2),
  lms: deterministic(3),
  dpm_fast: { order: undefined, isStochastic: false },
  dpm_adaptive: { order: undefined, isStochastic: false, sharesSteps: true },
  dpmpp_2s_ancestral: stochastic(2),
  dpmpp_2s_ancestral_cfg_pp: stochastic(2),
  dpmpp_sde: stochastic(2),
  dpmpp_sde_gpu: stochastic(2),
  dpmpp_2m: deterministic(2),
  dpmpp_2m_cfg_pp: deterministic(2),
  dpmpp_2m_sde: stochastic(2),
  dpmpp_2m_sde_gpu: stochastic(2),
  dpmpp_2m_sde_heun: stochastic(2),
  dpmpp_2m_sde_heun_gpu: stochastic(2),
  dpmpp_3m_sde: stochastic(2),
  dpmpp_3m_sde_gpu: stochastic(2),
  ddpm: stochastic(1),
  lcm: { order: undefined, isStochastic: true, asksConsistency: true },
  ipndm: deterministic(2),
  ipndm_v: deterministic(3),
  deis: deterministic(3),
  res_multistep: deterministic(2),
  res_multistep_cfg_pp: deterministic(2),
  res_multistep_ancestral: stochastic(2),
  res_multistep_ancestral_cfg_pp: stochastic(2),
  gradient_estimation: deterministic(1),
  gradient_estimation_cfg_pp: deterministic(1),
  er_sde: stochastic(2),
  seeds_2: stochastic(2),
  seeds_3: { ...stochastic(3), coarseSteps: 16 },
  sa_solver: { ...stochastic(3), coarseSteps: 16 },
  sa_solver_pece: { ...stochastic(3), coarseSteps: 16 },
  ddim: deterministic(1),
  uni_pc: deterministic(2),
  uni_pc_bh2: deterministic(2),
}

for (const name of samplerNames) describeSampler(name, traits[name])

test('every sampler has a name that people know', () => {
  expect(samplerNames).toEqual(Object.keys(traits))
})
