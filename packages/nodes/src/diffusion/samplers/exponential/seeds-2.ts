import { sum } from '../../../tensor/index.ts'
import { segmentNoise } from '../steps/segment-noise.ts'
import { steps, type Sampler } from '../steps/sampler.ts'
import { sigmaBetween, snrStep, withFiniteRatio } from '../steps/snr-step.ts'

/**
 * SEEDS-2: Gonzalez et al. (2023), Algorithm 2, with data prediction and an intermediate estimate half-way in log
 * SNR.
 */
export const seeds_2: Sampler = async (run) => {
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
    const { h, keep, take } = snrStep(sigma, sigmaNext, eta, scale)
    let reached = sum([
      [half.keep, x],
      [half.take, denoised],
    ])
    const first = eta > 0 ? noise.independent(2 * i) : undefined
    if (first !== undefined)
      reached = sum([
        [1, reached],
        [half.renoise * noiseScale, first],
      ])
    x = sum([
      [keep, x],
      [take, await denoise(reached, middle)],
    ])
    if (first !== undefined) {
      const { carried, fresh } = segmentNoise(h * eta, 1 / 2)
      x = sum([
        [1, x],
        [sigmaNext * noiseScale * carried * (half.renoise / middle), first],
        [sigmaNext * noiseScale * fresh, noise.independent(2 * i + 1)],
      ])
    }
  }
  return x
}
