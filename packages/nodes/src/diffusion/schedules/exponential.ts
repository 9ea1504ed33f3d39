import { linspace, type Scheduler } from './scheduler.ts'

/** Steps even in log sigma (rho 1), or in (1 − t)^rho of it for another rho; from sigmaMax to sigmaMin. */
export function exponentialSigmas(sigmaMin: number, sigmaMax: number, steps: number, rho = 1): number[] {
  const [low, high] = [Math.log(sigmaMin), Math.log(sigmaMax)]
  return linspace(1, 0, steps).map((t) => Math.exp(low + (high - low) * t ** rho))
}

export const exponential: Scheduler = ({ sigmaMin, sigmaMax }, steps) => exponentialSigmas(sigmaMin, sigmaMax, steps)
