import { combine } from '../../../tensor/index.ts'
import { hPhi2 } from '../steps/phi.ts'
import { remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'

/**
 * `res_multistep` with CFG++ (Chung et al. 2024): x is moved by alpha · (guided − negative) before each step, so that it keeps the noise of the
 * negative estimate. Remembers the last guided estimate.
 */
export const res_multistep_cfg_pp: Sampler = async ({ denoiseGuided, x, sigmas, range, scale, history, onStep }) => {
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const { denoised, negative } = await denoiseGuided(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const [previous] = history
    const ratio = sigmaNext / sigma
    const alpha = scale.alphaOf(sigma)
    x = combine(1, x, alpha, denoised, -alpha, negative)
    if (previous === undefined || sigmaNext === 0) {
      x = combine(ratio, x, 1 - ratio, denoised)
    } else {
      const h = -Math.log(ratio)
      const c2 = Math.log(sigma / sigmaAt(sigmas, i - 1)) / h
      const b2 = -hPhi2(-h) / c2
      x = combine(ratio, x, 1 - ratio - b2, denoised, b2, previous)
    }
    remember(history, denoised, 1)
  }
  return x
}
