import { sum } from '../../../tensor/index.ts'
import { remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'

/**
 * `dpmpp_2m` with CFG++ (Chung et al. 2024): x keeps the noise of the negative estimate. Remembers the last negative
 * estimate.
 */
export const dpmpp_2m_cfg_pp: Sampler = async (run) => {
  const { denoiseGuided, sigmas, range, scale, history, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const { denoised, negative } = await denoiseGuided(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const ratio = sigmaNext / sigma
    const [previous] = history
    const moved = ratio * scale.alphaOf(sigma)
    x = sum([
      [ratio, x],
      [1 - ratio + moved, denoised],
      [-moved, negative],
    ])
    if (previous !== undefined && sigmaNext > 0) {
      const r = Math.log(sigmaAt(sigmas, i - 1) / sigma) / Math.log(sigma / sigmaNext)
      const correction = (1 - ratio) / (2 * r)
      x = sum([
        [1, x],
        [correction, denoised],
        [-correction, previous],
      ])
    }
    remember(history, negative, 1)
  }
  return x
}
