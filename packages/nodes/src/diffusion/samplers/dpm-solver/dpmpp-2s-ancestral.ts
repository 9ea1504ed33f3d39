import { sum } from '../../../tensor/index.ts'
import { ancestralStep } from '../steps/ancestral-step.ts'
import { steps, type Sampler } from '../steps/sampler.ts'

/** DPM-Solver++(2S) (Lu et al. 2022, Algorithm 1) to a lower sigma, then noise back up to the next. */
export const dpmpp_2s_ancestral: Sampler = async (run) => {
  const { denoise, sigmas, range, noise, scale, eta, noiseScale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const { sigmaDown, keep, renoise } = ancestralStep(sigma, sigmaNext, eta, scale)
    const ratio = sigmaDown / sigma
    if (sigmaDown === 0) {
      x = denoised
    } else {
      const halfRatio = Math.sqrt(ratio)
      const middle = sum([
        [halfRatio, x],
        [1 - halfRatio, denoised],
      ])
      x = sum([
        [ratio, x],
        [1 - ratio, await denoise(middle, halfRatio * sigma)],
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
