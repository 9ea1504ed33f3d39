import { combine } from '../../../tensor/index.ts'
import { ancestralStep } from '../steps/ancestral-step.ts'
import { hPhi2 } from '../steps/phi.ts'
import { remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'

/** `res_multistep` to a lower sigma, then noise back up to the next. Remembers the last estimate. */
export const res_multistep_ancestral: Sampler = async (run) => {
  const { denoise, sigmas, range, noise, scale, eta, noiseScale, history, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const { sigmaDown, keep, renoise } = ancestralStep(sigma, sigmaNext, eta, scale)
    const [previous] = history
    const ratio = sigmaDown / sigma
    if (previous === undefined || sigmaDown === 0) {
      x = combine(ratio, x, 1 - ratio, denoised)
    } else {
      const h = -Math.log(ratio)
      // The last estimate lies back by the last step's fall to its own lower sigma.
      const sigmaBefore = sigmaAt(sigmas, i - 1)
      const c2 = Math.log(ancestralStep(sigmaBefore, sigma, eta, scale).sigmaDown / sigmaBefore) / h
      const b2 = -hPhi2(-h) / c2
      x = combine(ratio, x, 1 - ratio - b2, denoised, b2, previous)
    }
    if (renoise > 0) x = combine(keep, x, renoise * noiseScale, noise.independent(i))
    remember(history, denoised, 1)
  }
  return x
}
