import { sum } from '../../../tensor/index.ts'
import { derivative, steps, type Sampler } from '../steps/sampler.ts'

/** Heun's method: Karras et al. (2022), Algorithm 2 without churn. Two estimates a step, one at the last. */
export const heun: Sampler = async (run) => {
  const { denoise, sigmas, range, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const d = derivative(x, sigma, denoised)
    const dt = sigmaNext - sigma
    const reached = sum([
      [1, x],
      [dt, d],
    ])
    if (sigmaNext === 0) {
      x = reached
    } else {
      const dNext = derivative(reached, sigmaNext, await denoise(reached, sigmaNext))
      x = sum([
        [1, x],
        [dt / 2, d],
        [dt / 2, dNext],
      ])
    }
  }
  return x
}
