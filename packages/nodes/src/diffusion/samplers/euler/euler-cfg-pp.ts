import { sum } from '../../../tensor/index.ts'
import { steps, type Sampler } from '../steps/sampler.ts'

/**
 * Euler with CFG++ (Chung et al. 2024, Algorithm 2): the noise of the negative estimate is put back on the guided
 * one.
 */
export const euler_cfg_pp: Sampler = async (run) => {
  const { denoiseGuided, sigmas, range, scale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const { denoised, negative } = await denoiseGuided(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const noisePart = sum([
      [1 / sigma, x],
      [-scale.alphaOf(sigma) / sigma, negative],
    ])
    x = sum([
      [scale.alphaOf(sigmaNext), denoised],
      [sigmaNext, noisePart],
    ])
  }
  return x
}
