import { combine } from '../../../tensor/index.ts'
import { hPhi2 } from '../steps/phi.ts'
import { remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'

/**
 * Refined exponential solver, multistep: Zhang et al. (2023), "Improved order analysis and design of exponential integrator", eq. 20.
 * Remembers the last estimate.
 */
export const res_multistep: Sampler = async ({ denoise, x, sigmas, range, history, onStep }) => {
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const [previous] = history
    const ratio = sigmaNext / sigma
    if (previous === undefined || sigmaNext === 0) {
      x = combine(ratio, x, 1 - ratio, denoised)
    } else {
      const h = -Math.log(ratio)
      const c2 = Math.log(sigma / sigmaAt(sigmas, i - 1)) / h
      const b2 = -hPhi2(-h) / c2
      x = combine(ratio, x, 1 - ratio - b2, denoised, b2, previous)
    }
    remember(history, denoised, 1)
  }
  return x
}
