import { sum } from '../../../tensor/index.ts'
import { steps, type Sampler } from '../steps/sampler.ts'
import { sigmaBetween, snrStep, withFiniteRatio } from '../steps/snr-step.ts'

/**
 * DPM-Solver++ (2S) for the SDE (Lu et al. 2022): an estimate half-way in log SNR carries the step; Brownian noise on
 * both.
 */
export const dpmpp_sde: Sampler = async (run) => {
  const { denoise, sigmas, range, noise, scale, eta, noiseScale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(withFiniteRatio(sigmas, scale), range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    if (sigmaNext === 0) {
      x = denoised
      continue
    }
    const middle = sigmaBetween(sigma, sigmaNext, 1 / 2, scale)
    const half = snrStep(sigma, middle, eta, scale)
    let reached = sum([
      [half.keep, x],
      [half.take, denoised],
    ])
    if (eta > 0)
      reached = sum([
        [1, reached],
        [half.renoise * noiseScale, noise.brownian(sigma, middle)],
      ])
    const { keep, take, renoise } = snrStep(sigma, sigmaNext, eta, scale)
    x = sum([
      [keep, x],
      [take, await denoise(reached, middle)],
    ])
    if (eta > 0)
      x = sum([
        [1, x],
        [renoise * noiseScale, noise.brownian(sigma, sigmaNext)],
      ])
  }
  return x
}
