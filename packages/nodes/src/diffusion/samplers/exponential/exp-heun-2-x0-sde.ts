import { sum } from '../../../tensor/index.ts'
import { hPhi2 } from '../steps/phi.ts'
import { steps, type Sampler } from '../steps/sampler.ts'
import { snrStep, withFiniteRatio } from '../steps/snr-step.ts'

/**
 * `exp_heun_2_x0` for the SDE: both estimates of a step see the same noise (Gonzalez et al. 2023, SEEDS-2 with c₂ =
 * 1).
 */
export const exp_heun_2_x0_sde: Sampler = async (run) => {
  const { denoise, sigmas, range, noise, scale, eta, noiseScale, formulas, onStep } = run
  // ComfyUI runs SEEDS-2, which draws a second noise a step; with c₂ = 1 it counts for nothing.
  const draws = formulas === 'comfyui' ? 2 : 1
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(withFiniteRatio(sigmas, scale), range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    if (sigmaNext === 0) {
      x = denoised
      continue
    }
    const { hEta, keep, take, renoise } = snrStep(sigma, sigmaNext, eta, scale)
    const added = eta > 0 ? noise.independent(draws * i) : undefined
    let reached = sum([
      [keep, x],
      [take, denoised],
    ])
    if (added !== undefined)
      reached = sum([
        [1, reached],
        [renoise * noiseScale, added],
      ])
    const slope = -scale.alphaOf(sigmaNext) * hPhi2(-hEta)
    x = sum([
      [keep, x],
      [take - slope, denoised],
      [slope, await denoise(reached, sigmaNext)],
    ])
    if (added !== undefined)
      x = sum([
        [1, x],
        [renoise * noiseScale, added],
      ])
  }
  return x
}
