import { sum } from '../../../tensor/index.ts'
import { ancestralStep } from '../steps/ancestral-step.ts'
import { steps, type Sampler } from '../steps/sampler.ts'

/**
 * `dpmpp_2s_ancestral` with CFG++ (Chung et al. 2024): what is kept of x is moved by alpha · (guided − negative), so
 * that its noise is that of the negative estimate.
 */
export const dpmpp_2s_ancestral_cfg_pp: Sampler = async (run) => {
  const { denoise, denoiseGuided, sigmas, range, noise, scale, eta, noiseScale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const { denoised, negative } = await denoiseGuided(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const { sigmaDown, keep, renoise } = ancestralStep(sigma, sigmaNext, eta, scale)
    const ratio = sigmaDown / sigma
    if (sigmaDown === 0) {
      x = denoised
    } else {
      const alpha = scale.alphaOf(sigma)
      const moved = sum([
        [1, x],
        [alpha, denoised],
        [-alpha, negative],
      ])
      const halfRatio = Math.sqrt(ratio)
      const middle = sum([
        [halfRatio, moved],
        [1 - halfRatio, denoised],
      ])
      x = sum([
        [ratio, moved],
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
