import { sum } from '../../../tensor/index.ts'
import { adamsCoefficients } from '../steps/polynomial-integral.ts'
import { derivative, remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'

const order = 4

/**
 * iPNDM with coefficients for the actual, uneven steps (Zhang and Chen 2023, DEIS, section 3.4); the last step is the
 * estimate.
 */
export const ipndm_v: Sampler = async (run) => {
  const { denoise, sigmas, range, history, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    remember(history, derivative(x, sigma, denoised), order)
    const slopes = history.slice(0, i + 1)
    const points = slopes.map((_, k) => sigmaAt(sigmas, i - k))
    const coefficients = adamsCoefficients(points, sigma, sigmaNext)
    x = sigmaNext === 0 ? denoised : sum([[1, x], ...slopes.map((slope, k) => [coefficients[k] ?? 0, slope] as const)])
  }
  return x
}
