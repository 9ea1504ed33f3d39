import { sum } from '../../../tensor/index.ts'
import { derivative, steps, type Sampler } from '../steps/sampler.ts'

/** DPM-Solver-2 in the form of Karras et al. (2022): the slope at the middle in log sigma carries the whole step. */
export const dpm_2: Sampler = async (run) => {
  const { denoise, sigmas, range, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const d = derivative(x, sigma, denoised)
    if (sigmaNext === 0) {
      const dt = sigmaNext - sigma
      x = sum([
        [1, x],
        [dt, d],
      ])
    } else {
      const middle = Math.sqrt(sigma * sigmaNext)
      const reached = sum([
        [1, x],
        [middle - sigma, d],
      ])
      const dMiddle = derivative(reached, middle, await denoise(reached, middle))
      x = sum([
        [1, x],
        [sigmaNext - sigma, dMiddle],
      ])
    }
  }
  return x
}
