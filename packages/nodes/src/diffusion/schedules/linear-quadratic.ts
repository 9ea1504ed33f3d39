import type { Scheduler } from './scheduler.ts'

/**
 * The first half of the steps is linear down to 1 − threshold of the noise, the rest falls quadratically with a
 * matching slope (Polyak et al. 2024, "Movie Gen", section 3.4.2).
 */
export const linear_quadratic: Scheduler = ({ sigmaMax }, steps) => {
  const threshold = 0.025
  const linearSteps = Math.floor(steps / 2)
  if (linearSteps === 0) return [sigmaMax]
  const quadraticSteps = steps - linearSteps
  const slope = threshold / linearSteps
  const excess = linearSteps - threshold * steps
  const a = excess / (linearSteps * quadraticSteps ** 2)
  const b = slope - (2 * excess) / quadraticSteps ** 2
  const c = a * linearSteps ** 2
  return Array.from({ length: steps }, (_, i) => sigmaMax * (1 - (i < linearSteps ? slope * i : a * i * i + b * i + c)))
}
