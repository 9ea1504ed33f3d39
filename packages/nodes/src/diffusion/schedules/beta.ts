import { roundHalfToEven } from '../../maths/rounding.ts'
import type { NoiseProcess } from '../process/noise-process.ts'
import { betaQuantile } from './beta-distribution.ts'
import { tableSigmas, type Scheduler } from './scheduler.ts'

/** Timesteps at quantiles of a Beta(alpha, beta) distribution (Lee et al. 2024, "Beta sampling is all you need"). */
export function betaSigmas(process: NoiseProcess, steps: number, alpha: number, beta: number): number[] {
  const last = process.sigmas.length - 1
  const positions = Array.from({ length: steps }, (_, i) => betaQuantile(1 - i / steps, alpha, beta) * last)
  return tableSigmas(process, positions, roundHalfToEven)
}

export const beta: Scheduler = (process, steps) => betaSigmas(process, steps, 0.6, 0.6)
