import { sum } from '../../../tensor/index.ts'
import { steps, type Sampler } from '../steps/sampler.ts'
import { snrStep, withFiniteRatio } from '../steps/snr-step.ts'

/** Ancestral sampling from the exact posterior: Ho et al. (2020), "Denoising diffusion probabilistic models", eq. 7. */
export const ddpm: Sampler = async (run) => {
  const { denoise, sigmas, range, noise, scale, eta, noiseScale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(withFiniteRatio(sigmas, scale), range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    if (sigmaNext === 0) {
      x = denoised
      continue
    }
    const { keep, take, renoise } = snrStep(sigma, sigmaNext, eta, scale)
    x = sum([
      [keep, x],
      [take, denoised],
    ])
    if (eta > 0)
      x = sum([
        [1, x],
        [renoise * noiseScale, noise.independent(i)],
      ])
  }
  return x
}
