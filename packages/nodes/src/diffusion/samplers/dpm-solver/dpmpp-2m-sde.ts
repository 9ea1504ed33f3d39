import { sum } from '../../../tensor/index.ts'
import { remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'
import { snrStep, withFiniteRatio, type SnrStep } from '../steps/snr-step.ts'

/**
 * The weight of the estimate's change; `r` is the last step's length over this one's, `alphaNext` the signal at the
 * step's end.
 */
type CorrectionOf = (step: SnrStep, r: number, alphaNext: number) => number

/** SDE-DPM-Solver++(2M): Lu et al. (2022), "DPM-Solver++", eq. 18. Remembers the last estimate. */
export const dpmpp2mSdeWith =
  (correctionOf: CorrectionOf): Sampler =>
  async (run) => {
    const { denoise, range, noise, scale, eta, noiseScale, history, onStep } = run
    const sigmas = withFiniteRatio(run.sigmas, scale)
    let { x } = run
    for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
      const denoised = await denoise(x, sigma)
      onStep({ step: i + 1, sigma, denoised })
      const [previous] = history
      remember(history, denoised, 1)
      if (sigmaNext === 0) {
        x = denoised
        continue
      }
      const step = snrStep(sigma, sigmaNext, eta, scale)
      x = sum([
        [step.keep, x],
        [step.take, denoised],
      ])
      if (previous !== undefined) {
        const r = snrStep(sigmaAt(sigmas, i - 1), sigma, eta, scale).h / step.h
        const correction = correctionOf(step, r, scale.alphaOf(sigmaNext))
        x = sum([
          [1, x],
          [correction, denoised],
          [-correction, previous],
        ])
      }
      if (eta > 0)
        x = sum([
          [1, x],
          [step.renoise * noiseScale, noise.brownian(sigma, sigmaNext)],
        ])
    }
    return x
  }

/** The midpoint form. */
export const dpmpp_2m_sde = dpmpp2mSdeWith(({ take }, r) => take / (2 * r))
