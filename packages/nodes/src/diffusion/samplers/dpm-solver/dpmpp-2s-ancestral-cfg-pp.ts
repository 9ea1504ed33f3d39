import type { Tensor } from '@patchbay/onnx/tensor'
import { sum } from '../../../tensor/index.ts'
import { ancestralStep } from '../steps/ancestral-step.ts'
import { steps, type Sampler } from '../steps/sampler.ts'

/**
 * `dpmpp_2s_ancestral` with CFG++ (Chung et al. 2024): what is kept of x is moved by alpha · (guided − negative), so
 * that its noise is that of the negative estimate.
 */
export const dpmpp_2s_ancestral_cfg_pp: Sampler = async (run) => {
  const { denoiseGuided, sigmas, range, noise, scale, eta, noiseScale, formulas, onStep } = run
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
      const start = x
      const movedBy = (against: Tensor): Tensor =>
        sum([
          [1, start],
          [alpha, denoised],
          [-alpha, against],
        ])
      const moved = movedBy(negative)
      const halfRatio = Math.sqrt(ratio)
      const middle = sum([
        [halfRatio, moved],
        [1 - halfRatio, denoised],
      ])
      const half = await denoiseGuided(middle, halfRatio * sigma)
      x = sum([
        // ComfyUI moves the full step by the negative estimate of the half step.
        [ratio, formulas === 'comfyui' ? movedBy(half.negative) : moved],
        [1 - ratio, half.denoised],
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
