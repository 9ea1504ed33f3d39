import { sum } from '../../../tensor/index.ts'
import { gradientWeight } from './gradient-estimation.ts'
import { derivative, remember, steps, type Sampler } from '../steps/sampler.ts'

/**
 * Gradient estimation with CFG++ (Chung et al. 2024): the slope comes from the negative estimate, its target is the
 * guided one.
 */
export const gradient_estimation_cfg_pp: Sampler = async (run) => {
  const { denoiseGuided, sigmas, range, history, scale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const { denoised, negative } = await denoiseGuided(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const alpha = scale.alphaOf(sigma)
    const noisePart = sum([
      [1 / sigma, x],
      [-alpha / sigma, negative],
    ])
    const d = derivative(x, sigma, negative)
    const [previous] = history
    const dt = (gradientWeight - 1) * (sigmaNext - sigma)
    if (sigmaNext === 0) x = denoised
    else
      x = sum([
        [scale.alphaOf(sigmaNext), denoised],
        [sigmaNext, noisePart],
      ])
    if (sigmaNext > 0 && previous !== undefined)
      x = sum([
        [1, x],
        [dt, d],
        [-dt, previous],
      ])
    remember(history, d, 1)
  }
  return x
}
