import type { NoiseProcess } from '../process/noise-process.ts'
import { beta } from './beta.ts'
import { checkpoint } from './checkpoint.ts'
import { ddim_uniform } from './ddim-uniform.ts'
import { exponential } from './exponential.ts'
import { karras } from './karras.ts'
import { kl_optimal } from './kl-optimal.ts'
import { linear_quadratic } from './linear-quadratic.ts'
import { normal } from './normal.ts'
import type { Scheduler } from './scheduler.ts'
import { sgm_uniform } from './sgm-uniform.ts'
import { simple } from './simple.ts'

export { betaSigmas } from './beta.ts'
export { exponentialSigmas } from './exponential.ts'
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
): number[] {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new RangeError(`The number of steps is a whole number from 1 up, but got ${steps}`)
  }
  if (!(denoiseStrength >= 0 && denoiseStrength <= 1)) {
    throw new RangeError(`The denoise strength is a number from 0 to 1, but got ${denoiseStrength}`)
  }
  if (denoiseStrength === 0) return []
  const wholeSchedule = schedulers[scheduler](process, Math.floor(steps / denoiseStrength))
  return [...wholeSchedule.slice(-steps), 0]
}
