import { sum } from '../../../tensor/index.ts'
import { ancestralStep } from '../steps/ancestral-step.ts'
import { steps, type Sampler } from '../steps/sampler.ts'

/** `euler_cfg_pp` to a lower sigma, then noise back up to the next. */
export const euler_ancestral_cfg_pp: Sampler = async (run) => {
  const { denoiseGuided, sigmas, range, noise, scale, eta, noiseScale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const { denoised, negative } = await denoiseGuided(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const { sigmaDown, keep, renoise } = ancestralStep(sigma, sigmaNext, eta, scale)
    const noisePart = sum([
      [1 / sigma, x],
      [-scale.alphaOf(sigma) / sigma, negative],
    ])
    x = sum([
      [scale.alphaOf(sigmaDown), denoised],
      [sigmaDown, noisePart],
    ])
    if (renoise > 0)
      x = sum([
        [keep, x],
        [renoise * noiseScale, noise.independent(i)],
      ])
  }
  return x
}
