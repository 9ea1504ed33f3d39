import { combine } from '../../../tensor/index.ts'
import { derivative, steps, type Sampler } from '../steps/sampler.ts'

/** Euler's method: Karras et al. (2022), Algorithm 2 without churn. */
export const euler: Sampler = async ({ denoise, x, sigmas, range, onStep }) => {
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const d = derivative(x, sigma, denoised)
    x = combine(1, x, sigmaNext - sigma, d)
  }
  return x
}
