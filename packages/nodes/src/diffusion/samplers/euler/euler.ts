import { sum } from '../../../tensor/index.ts'
import { derivative, steps, type Sampler } from '../steps/sampler.ts'

/** Euler's method: Karras et al. (2022), Algorithm 2 without churn. */
export const euler: Sampler = async (run) => {
  const { denoise, sigmas, range, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const d = derivative(x, sigma, denoised)
    const dt = sigmaNext - sigma
    x = sum([
      [1, x],
      [dt, d],
    ])
  }
  return x
}
