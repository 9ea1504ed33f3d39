import { sum } from '../../../tensor/index.ts'
import { remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'

/** DPM-Solver++(2M): Lu et al. (2022), "DPM-Solver++", Algorithm 2. Remembers the last estimate. */
export const dpmpp_2m: Sampler = async (run) => {
  const { denoise, sigmas, range, history, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const ratio = sigmaNext / sigma
    const [previous] = history
    if (previous === undefined || sigmaNext === 0) {
      x = sum([
        [ratio, x],
        [1 - ratio, denoised],
      ])
    } else {
      const h = Math.log(sigma / sigmaNext)
      const r = Math.log(sigmaAt(sigmas, i - 1) / sigma) / h
      x = sum([
        [ratio, x],
        [(1 - ratio) * (1 + 1 / (2 * r)), denoised],
        [(ratio - 1) / (2 * r), previous],
      ])
    }
    remember(history, denoised, 1)
  }
  return x
}
