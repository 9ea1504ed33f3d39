import { combine } from '../../../tensor/index.ts'
import { remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'
import { snrStep, withFiniteRatio } from '../steps/snr-step.ts'

/** SDE-DPM-Solver++(2M), Heun form: the change of the estimate is integrated exactly. Remembers the last estimate. */
export const dpmpp_2m_sde_heun: Sampler = async (run) => {
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
    const { h, hEta, keep, take, renoise } = snrStep(sigma, sigmaNext, eta, scale)
    x = combine(keep, x, take, denoised)
    if (previous !== undefined) {
      const r = snrStep(sigmaAt(sigmas, i - 1), sigma, eta, scale).h / h
      const correction = (scale.alphaOf(sigmaNext) - take / hEta) / r
      x = combine(1, x, correction, denoised, -correction, previous)
    }
    if (eta > 0) x = combine(1, x, renoise * noiseScale, noise.brownian(sigma, sigmaNext))
  }
  return x
}
