import { sum } from '../../../tensor/index.ts'
import { ancestralStep } from '../steps/ancestral-step.ts'
import { hPhi2 } from '../steps/phi.ts'
import { remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'

export interface ResMultistepForm {
  /** Goes to a lower sigma, then noise back up to the next. */
  readonly isAncestral?: boolean
  /**
   * CFG++ (Chung et al. 2024): x is moved by alpha · (guided − negative) before each step, so that it keeps the noise
   * of the negative.
   */
  readonly isCfgPlusPlus?: boolean
}

/**
 * Refined exponential solver, multistep: Zhang et al. (2023), "Improved order analysis and design of exponential
 * integrator", eq. 20. Remembers the last estimate.
 */
export const resMultistepWith =
  ({ isAncestral = false, isCfgPlusPlus = false }: ResMultistepForm): Sampler =>
  async (run) => {
    const { denoise, denoiseGuided, sigmas, range, noise, scale, noiseScale, formulas, history, onStep } = run
    const eta = isAncestral ? run.eta : 0
    // With CFG++ ComfyUI takes and remembers the negative estimate after the first step.
    const isNegativeKept = formulas === 'comfyui'
    let { x } = run
    for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
      const guided = isCfgPlusPlus ? await denoiseGuided(x, sigma) : undefined
      const denoised = guided?.denoised ?? (await denoise(x, sigma))
      onStep({ step: i + 1, sigma, denoised })
      const { sigmaDown, keep, renoise } = ancestralStep(sigma, sigmaNext, eta, scale)
      const [previous] = history
      const ratio = sigmaDown / sigma
      if (guided) {
        const alpha = scale.alphaOf(sigma)
        x = sum([
          [1, x],
          [alpha, denoised],
          [-alpha, guided.negative],
        ])
      }
      if (previous === undefined || sigmaDown === 0) {
        x = sum([
          [ratio, x],
          [1 - ratio, denoised],
        ])
      } else {
        const h = -Math.log(ratio)
        // The last estimate lies back by the last step's fall to its own lower sigma.
        const sigmaBefore = sigmaAt(sigmas, i - 1)
        const c2 = Math.log(ancestralStep(sigmaBefore, sigma, eta, scale).sigmaDown / sigmaBefore) / h
        const b2 = -hPhi2(-h) / c2
        x = sum([
          [ratio, x],
          [1 - ratio - b2, isNegativeKept && guided ? guided.negative : denoised],
          [b2, previous],
        ])
      }
      if (renoise > 0)
        x = sum([
          [keep, x],
          [renoise * noiseScale, noise.independent(i)],
        ])
      remember(history, isNegativeKept && guided ? guided.negative : denoised, 1)
    }
    return x
  }

/** The solver by itself. */
export const res_multistep = resMultistepWith({})
