import { sum } from '../../../tensor/index.ts'
import { ancestralStep } from '../steps/ancestral-step.ts'
import { derivative, steps, type Sampler } from '../steps/sampler.ts'

/**
 * Euler's method to a lower sigma, then noise back up to the next: ancestral sampling (Song et al. 2021, DDIM with η
 * = 1).
 */
export const euler_ancestral: Sampler = async (run) => {
  const { denoise, sigmas, range, noise, scale, eta, noiseScale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const { sigmaDown, keep, renoise } = ancestralStep(sigma, sigmaNext, eta, scale)
    const d = derivative(x, sigma, denoised)
    x = sum([
      [1, x],
      [sigmaDown - sigma, d],
    ])
    if (renoise > 0)
      x = sum([
        [keep, x],
        [renoise * noiseScale, noise.independent(i)],
      ])
  }
  return x
}
