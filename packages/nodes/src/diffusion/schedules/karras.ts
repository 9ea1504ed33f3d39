import { linspace, type Scheduler } from './scheduler.ts'

/** Karras et al. (2022), eq. 5: steps even in sigma^(1/rho), from sigmaMax to sigmaMin. */
export function karrasSigmas(sigmaMin: number, sigmaMax: number, steps: number, rho = 7): number[] {
  const [start, end] = [sigmaMax ** (1 / rho), sigmaMin ** (1 / rho)]
  return linspace(start, end, steps).map((root) => root ** rho)
}

export const karras: Scheduler = ({ sigmaMin, sigmaMax }, steps) => karrasSigmas(sigmaMin, sigmaMax, steps)
