import { sum } from '../../../tensor/index.ts'
import { hPhi2 } from '../steps/phi.ts'
import { steps, type Sampler } from '../steps/sampler.ts'
import { snrStep, withFiniteRatio } from '../steps/snr-step.ts'

/**
 * Exponential Heun of second order with data prediction, in log SNR (Hochbruck and Ostermann 2005, eq. 2.16 with c₂ =
 * 1).
 */
export const exp_heun_2_x0: Sampler = async (run) => {
  const { denoise, sigmas, range, scale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(withFiniteRatio(sigmas, scale), range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    if (sigmaNext === 0) {
      x = denoised
      continue
    }
    const { h, keep, take } = snrStep(sigma, sigmaNext, 0, scale)
    const reached = sum([
      [keep, x],
      [take, denoised],
    ])
    const slope = -scale.alphaOf(sigmaNext) * hPhi2(-h)
    x = sum([
      [keep, x],
      [take - slope, denoised],
      [slope, await denoise(reached, sigmaNext)],
    ])
  }
  return x
}
