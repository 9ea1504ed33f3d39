import { sum } from '../../../tensor/index.ts'
import { ancestralStep } from '../steps/ancestral-step.ts'
import { derivative, steps, type Sampler } from '../steps/sampler.ts'

/** The midpoint step of `dpm_2` to a lower sigma, then noise back up to the next. */
export const dpm_2_ancestral: Sampler = async (run) => {
  const { denoise, sigmas, range, noise, scale, eta, noiseScale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const { sigmaDown, keep, renoise } = ancestralStep(sigma, sigmaNext, eta, scale)
    const d = derivative(x, sigma, denoised)
    if (sigmaDown === 0) {
      x = sum([
        [1, x],
        [sigmaDown - sigma, d],
      ])
    } else {
      const middle = Math.sqrt(sigma * sigmaDown)
      const reached = sum([
        [1, x],
        [middle - sigma, d],
      ])
      const dMiddle = derivative(reached, middle, await denoise(reached, middle))
      x = sum([
        [1, x],
        [sigmaDown - sigma, dMiddle],
      ])
    }
    if (renoise > 0)
      x = sum([
        [keep, x],
        [renoise * noiseScale, noise.independent(i)],
      ])
  }
  return x
}
