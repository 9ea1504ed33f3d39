import { sum } from '../../../tensor/index.ts'
import { remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'
import { snrStep, withFiniteRatio } from '../steps/snr-step.ts'

/** SDE-DPM-Solver++(3M): Lu et al. (2022) carried to third order with the two last estimates, which it remembers. */
export const dpmpp_3m_sde: Sampler = async (run) => {
  const { denoise, range, noise, scale, eta, noiseScale, history, onStep } = run
  const sigmas = withFiniteRatio(run.sigmas, scale)
  const fall = (i: number): number => snrStep(sigmaAt(sigmas, i), sigmaAt(sigmas, i + 1), eta, scale).h
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const [last, beforeLast] = history
    remember(history, denoised, 2)
    if (sigmaNext === 0) {
      x = denoised
      continue
    }
    const { h, hEta, keep, take, renoise } = snrStep(sigma, sigmaNext, eta, scale)
    const alpha = scale.alphaOf(sigmaNext)
    const phi2 = alpha - take / hEta
    x = sum([
      [keep, x],
      [take, denoised],
    ])
    if (last !== undefined && beforeLast === undefined) {
      const slope = (phi2 * h) / fall(i - 1)
      x = sum([
        [1, x],
        [slope, denoised],
        [-slope, last],
      ])
    } else if (last !== undefined && beforeLast !== undefined) {
      const [r0, r1] = [fall(i - 1) / h, fall(i - 2) / h]
      const phi3 = phi2 / hEta - alpha / 2
      // Newton's divided differences: the first at the newest point, and the change from one to the next.
      const first = sum([
        [1 / r0, denoised],
        [-1 / r0, last],
      ])
      const second = sum([
        [1 / r1, last],
        [-1 / r1, beforeLast],
      ])
      const change = phi2 * (r0 / (r0 + r1)) - phi3 / (r0 + r1)
      x = sum([
        [1, x],
        [phi2 + change, first],
        [-change, second],
      ])
    }
    if (eta > 0)
      x = sum([
        [1, x],
        [renoise * noiseScale, noise.brownian(sigma, sigmaNext)],
      ])
  }
  return x
}
