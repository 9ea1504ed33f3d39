import type { SigmaScale } from '../../process/noise-process.ts'

/** A deterministic step to `sigmaDown`, then x · keep + noise · renoise lands on the marginal at the next sigma. */
export interface AncestralStep {
  readonly sigmaDown: number
  readonly keep: number
  readonly renoise: number
}

/**
 * Splits a step into its deterministic and its stochastic part. Diffusion (alpha 1 throughout): sigmaUp² = η²·σₙ²(σ² −
 * σₙ²)/σ², sigmaDown² = σₙ² − sigmaUp² (Karras et al. 2022, after Song et al. 2021, eq. 16). Rectified flow: sigmaDown
 * = σₙ·(1 + (σₙ/σ − 1)·η), and the signal is scaled back to 1 − σₙ before noise fills up the variance.
 */
export function ancestralStep(sigma: number, sigmaNext: number, eta: number, { alphaOf }: SigmaScale): AncestralStep {
  const isFlow = alphaOf(sigma) !== 1
  if (sigmaNext === 0 || eta === 0) return { sigmaDown: sigmaNext, keep: 1, renoise: 0 }
  if (isFlow) {
    const sigmaDown = sigmaNext * (1 + (sigmaNext / sigma - 1) * eta)
    const keep = alphaOf(sigmaNext) / alphaOf(sigmaDown)
    return { sigmaDown, keep, renoise: Math.sqrt(Math.max(0, sigmaNext ** 2 - (keep * sigmaDown) ** 2)) }
  }
  const sigmaUp = Math.min(sigmaNext, eta * Math.sqrt((sigmaNext ** 2 * (sigma ** 2 - sigmaNext ** 2)) / sigma ** 2))
  return { sigmaDown: Math.sqrt(sigmaNext ** 2 - sigmaUp ** 2), keep: 1, renoise: sigmaUp }
}
