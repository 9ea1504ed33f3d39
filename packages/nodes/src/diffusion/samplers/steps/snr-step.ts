import type { SigmaScale } from '../../process/noise-process.ts'

/**
 * One exact step of the reverse SDE for a constant estimate, in h = the fall of log(sigma / alpha):
 * xₙ = keep · x + take · denoised + renoise · noise (Lu et al. 2022, "DPM-Solver++", eq. 17, with its noise scaled by
 * eta).
 */
export interface SnrStep {
  readonly h: number
  /** (1 + eta) · h, the exponent of the estimate's weight. */
  readonly hEta: number
  readonly keep: number
  readonly take: number
  readonly renoise: number
}

export function snrStep(sigma: number, sigmaNext: number, eta: number, scale: SigmaScale): SnrStep {
  const h = Math.log(ratioOf(sigma, scale) / ratioOf(sigmaNext, scale))
  const hEta = (1 + eta) * h
  return {
    h,
    hEta,
    keep: (sigmaNext / sigma) * Math.exp(-eta * h),
    take: -scale.alphaOf(sigmaNext) * Math.expm1(-hEta),
    renoise: sigmaNext * Math.sqrt(-Math.expm1(-2 * eta * h)),
  }
}

/** The noise-to-signal ratio sigma / alpha; its negative logarithm is half the log signal-to-noise ratio. */
export function ratioOf(sigma: number, { alphaOf }: SigmaScale): number {
  return sigma / alphaOf(sigma)
}

/** The sigma that lies `share` of the way from one sigma to the next in log(sigma / alpha). */
export function sigmaBetween(sigma: number, sigmaNext: number, share: number, scale: SigmaScale): number {
  return scale.sigmaOfRatio(ratioOf(sigma, scale) ** (1 - share) * ratioOf(sigmaNext, scale) ** share)
}

/**
 * The schedule with a first sigma that still holds some signal: a rectified flow begins at sigma 1, whose
 * noise-to-signal ratio is infinite, and is taken to begin just below it.
 */
export function withFiniteRatio(sigmas: readonly number[], { alphaOf }: SigmaScale): readonly number[] {
  const [first, second = 0] = sigmas
  if (first === undefined || alphaOf(first) > 0) return sigmas
  return [Math.max(1 - 1e-4, (1 + second) / 2), ...sigmas.slice(1)]
}
