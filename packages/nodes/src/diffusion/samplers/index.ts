import { ddim } from './ddim.ts'
import { dpmpp_2m } from './dpmpp-2m.ts'
import { euler_ancestral } from './euler-ancestral.ts'
import { euler } from './euler.ts'
import { heun } from './heun.ts'
import { lcm } from './lcm.ts'
import type { Sampler } from './sampler.ts'

export type { Denoise, GuidedEstimate, Sampler, SamplerRun, StepProgress, StepRange } from './sampler.ts'

export const samplers = {
  euler,
  euler_ancestral,
  heun,
  dpmpp_2m,
  lcm,
  ddim,
} satisfies Record<string, Sampler>

export type SamplerName = keyof typeof samplers

export const samplerNames = Object.keys(samplers) as readonly SamplerName[]
