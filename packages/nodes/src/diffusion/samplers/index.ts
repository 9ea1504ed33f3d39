import { ddim } from './euler/ddim.ts'
import { ddpm } from './euler/ddpm.ts'
import { deis } from './multistep/deis.ts'
import { dpm_2 } from './dpm-solver/dpm-2.ts'
import { dpm_2_ancestral } from './dpm-solver/dpm-2-ancestral.ts'
import { dpm_adaptive } from './dpm-solver/dpm-adaptive.ts'
import { dpm_fast } from './dpm-solver/dpm-fast.ts'
import { dpmpp_2m } from './dpm-solver/dpmpp-2m.ts'
import { dpmpp_2m_cfg_pp } from './dpm-solver/dpmpp-2m-cfg-pp.ts'
import { dpmpp_2m_sde } from './dpm-solver/dpmpp-2m-sde.ts'
import { dpmpp_2m_sde_heun } from './dpm-solver/dpmpp-2m-sde-heun.ts'
import { dpmpp_2s_ancestral } from './dpm-solver/dpmpp-2s-ancestral.ts'
import { dpmpp_2s_ancestral_cfg_pp } from './dpm-solver/dpmpp-2s-ancestral-cfg-pp.ts'
import { dpmpp_3m_sde } from './dpm-solver/dpmpp-3m-sde.ts'
import { dpmpp_sde } from './dpm-solver/dpmpp-sde.ts'
import { er_sde } from './exponential/er-sde.ts'
import { euler } from './euler/euler.ts'
import { euler_ancestral } from './euler/euler-ancestral.ts'
import { euler_ancestral_cfg_pp } from './euler/euler-ancestral-cfg-pp.ts'
import { euler_cfg_pp } from './euler/euler-cfg-pp.ts'
import { exp_heun_2_x0 } from './exponential/exp-heun-2-x0.ts'
import { exp_heun_2_x0_sde } from './exponential/exp-heun-2-x0-sde.ts'
import { gradient_estimation } from './euler/gradient-estimation.ts'
import { gradient_estimation_cfg_pp } from './euler/gradient-estimation-cfg-pp.ts'
import { heun } from './euler/heun.ts'
import { heunpp2 } from './euler/heunpp2.ts'
import { ipndm } from './multistep/ipndm.ts'
import { ipndm_v } from './multistep/ipndm-v.ts'
import { lcm } from './euler/lcm.ts'
import { lms } from './multistep/lms.ts'
import { res_multistep } from './multistep/res-multistep.ts'
import { res_multistep_ancestral } from './multistep/res-multistep-ancestral.ts'
import { res_multistep_ancestral_cfg_pp } from './multistep/res-multistep-ancestral-cfg-pp.ts'
import { res_multistep_cfg_pp } from './multistep/res-multistep-cfg-pp.ts'
import { sa_solver } from './multistep/sa-solver.ts'
import { sa_solver_pece } from './multistep/sa-solver-pece.ts'
import { seeds_2 } from './exponential/seeds-2.ts'
import { seeds_3 } from './exponential/seeds-3.ts'
import { uni_pc } from './multistep/uni-pc.ts'
import { uni_pc_bh2 } from './multistep/uni-pc-bh2.ts'
import type { Sampler } from './steps/sampler.ts'

export type { Denoise, GuidedEstimate, Sampler, SamplerRun, StepProgress, StepRange } from './steps/sampler.ts'

/**
 * Every sampler by the name that people know. `_gpu` names say where noise is drawn elsewhere; here it is the same
 * everywhere.
 */
export const samplers = {
  euler,
  euler_cfg_pp,
  euler_ancestral,
  euler_ancestral_cfg_pp,
  heun,
  heunpp2,
  exp_heun_2_x0,
  exp_heun_2_x0_sde,
  dpm_2,
  dpm_2_ancestral,
  lms,
  dpm_fast,
  dpm_adaptive,
  dpmpp_2s_ancestral,
  dpmpp_2s_ancestral_cfg_pp,
  dpmpp_sde,
  dpmpp_sde_gpu: dpmpp_sde,
  dpmpp_2m,
  dpmpp_2m_cfg_pp,
  dpmpp_2m_sde,
  dpmpp_2m_sde_gpu: dpmpp_2m_sde,
  dpmpp_2m_sde_heun,
  dpmpp_2m_sde_heun_gpu: dpmpp_2m_sde_heun,
  dpmpp_3m_sde,
  dpmpp_3m_sde_gpu: dpmpp_3m_sde,
  ddpm,
  lcm,
  ipndm,
  ipndm_v,
  deis,
  res_multistep,
  res_multistep_cfg_pp,
  res_multistep_ancestral,
  res_multistep_ancestral_cfg_pp,
  gradient_estimation,
  gradient_estimation_cfg_pp,
  er_sde,
  seeds_2,
  seeds_3,
  sa_solver,
  sa_solver_pece,
  ddim,
  uni_pc,
  uni_pc_bh2,
} satisfies Record<string, Sampler>

export type SamplerName = keyof typeof samplers

export const samplerNames = Object.keys(samplers) as readonly SamplerName[]

/**
 * Samplers for which schedules are made one step longer and the last sigma above 0 is left out, the way these are known
 * to be run: a second-order step into the lowest sigmas gains nothing.
 */
export const skipsLowestSigma: ReadonlySet<SamplerName> = new Set(['dpm_2', 'dpm_2_ancestral', 'uni_pc', 'uni_pc_bh2'])
