import type { NoiseProcess } from '../process/noise-process.ts'
import { beta } from './beta.ts'
import { checkpoint } from './checkpoint.ts'
import { ddim_uniform, ddimByWholeStrides } from './ddim-uniform.ts'
import { exponential } from './exponential.ts'
import { karras } from './karras.ts'
import { kl_optimal } from './kl-optimal.ts'
import { linear_quadratic } from './linear-quadratic.ts'
import { normal } from './normal.ts'
import type { Scheduler } from './scheduler.ts'
import { sgm_uniform } from './sgm-uniform.ts'
import { simple } from './simple.ts'

import { skipsLowestSigma, type SamplerName } from '../samplers/index.ts'
import type { Formulas } from '../formulas.ts'

export { alignedFamilies, alignedSigmas } from './align-your-steps.ts'
export { laplaceSigmas } from './laplace.ts'
export { variancePreservingSigmas } from './variance-preserving.ts'
export { betaSigmas } from './beta.ts'
export { exponentialSigmas } from './exponential.ts'
export { flux2Sigmas } from './flux2.ts'
export { karrasSigmas } from './karras.ts'
export type { Scheduler } from './scheduler.ts'
export { turboSigmas } from './turbo.ts'

export const schedulers = {
  simple,
  sgm_uniform,
  karras,
  exponential,
  ddim_uniform,
  beta,
  normal,
  linear_quadratic,
  kl_optimal,
  checkpoint,
} satisfies Record<string, Scheduler>

export type SchedulerName = keyof typeof schedulers

export const schedulerNames = Object.keys(schedulers) as readonly SchedulerName[]

export interface ScheduleSettings {
  /** Some samplers leave out the lowest sigma above 0 of a schedule that is one step longer. */
  readonly sampler?: SamplerName
  /** Default `published`. */
  readonly formulas?: Formulas
  /** Whether the whole of a rule is taken that gives a step more than asked for; a part of a schedule never is. */
  readonly takesAll?: boolean
}

/**
 * The sigmas of a run: `steps + 1` of them, falling, the last 0. With a denoiseStrength below 1, the last `steps` of a
 * longer schedule of steps / denoiseStrength, so that sampling starts from a picture with less noise; with 0, nothing
 * runs: no sigmas. Throws a RangeError for steps that are no whole number from 1 up, or a denoiseStrength outside [0,
 * 1].
 */
export function sigmasFor(
  process: NoiseProcess,
  scheduler: SchedulerName,
  steps: number,
  denoiseStrength = 1,
  { sampler, formulas = 'published', takesAll = false }: ScheduleSettings = {},
): number[] {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new RangeError(`The number of steps is a whole number from 1 up, but got ${steps}`)
  }
  if (!(denoiseStrength >= 0 && denoiseStrength <= 1)) {
    throw new RangeError(`The denoise strength is a number from 0 to 1, but got ${denoiseStrength}`)
  }
  if (denoiseStrength === 0) return []
  const rule = formulas === 'comfyui' && scheduler === 'ddim_uniform' ? ddimByWholeStrides : schedulers[scheduler]
  const skipped = sampler !== undefined && skipsLowestSigma.has(sampler) ? 1 : 0
  const longer = rule(process, Math.floor(steps / denoiseStrength) + skipped)
  const whole = longer.slice(0, longer.length - skipped)
  return [...(takesAll && denoiseStrength === 1 ? whole : whole.slice(-steps)), 0]
}
