import { linspace } from './scheduler.ts'

/** Keeps the logarithm finite at both ends. */
const tiny = 1e-5

/**
 * Noise levels at even quantiles of a Laplace distribution of log sigma, cut to a range (Hang and Gu 2024, "Improved
 * noise schedule for diffusion training").
 */
export function laplaceSigmas(
  steps: number,
  { sigmaMin, sigmaMax, mu, beta }: { sigmaMin: number; sigmaMax: number; mu: number; beta: number },
): number[] {
  return linspace(0, 1, steps).map((share) => {
    const side = Math.sign(0.5 - share)
    const log = mu - beta * side * Math.log(1 - 2 * Math.abs(0.5 - share) + tiny)
    return Math.min(sigmaMax, Math.max(sigmaMin, Math.exp(log)))
  })
}
