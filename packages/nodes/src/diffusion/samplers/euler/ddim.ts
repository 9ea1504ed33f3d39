import { sum } from '../../../tensor/index.ts'
import { steps, type Sampler } from '../steps/sampler.ts'

/** DDIM, deterministic: Song et al. (2021), "Denoising diffusion implicit models", eq. 12 with σ = 0, over sigmas. */
export const ddim: Sampler = async (run) => {
  const { denoise, sigmas, range, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const ratio = sigmaNext / sigma
    x = sum([
      [ratio, x],
      [1 - ratio, denoised],
    ])
  }
  return x
}
