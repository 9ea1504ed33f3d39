import { numberAt, type Tensor } from '@patchbay/onnx/tensor'
import { sum } from '../../../tensor/index.ts'
import { adamsCoefficients } from '../steps/polynomial-integral.ts'
import { sigmaAt, steps, type Sampler } from '../steps/sampler.ts'
import { ratioOf, snrStep, withFiniteRatio } from '../steps/snr-step.ts'

const [predictorOrder, correctorOrder] = [3, 4]
/** The share of sampling in which noise is added. */
const [noisyFrom, noisyTo] = [0.2, 0.8]

/**
 * SA-Solver: Xue et al. (2023), "SA-Solver: stochastic Adams solver", Algorithm 1 with data prediction, τ² = eta in
 * the middle of the schedule and 0 at its ends. The order falls towards the end of a schedule that ends at 0, so that
 * few steps stay stable. `reestimates` asks for another estimate after each correction; without it nothing is corrected
 * before the last step, which is the estimate. Remembers the x that the last step left from, then its three last
 * estimates.
 */
export const saSolverWith =
  ({ reestimates }: { readonly reestimates: boolean }): Sampler =>
  async (run) => {
    const { denoise, range, noise, scale, eta, noiseScale, history, onStep } = run
    const sigmas = withFiniteRatio(run.sigmas, scale)
    const [noisiest, cleanest] = [scale.sigmaAt(noisyFrom), scale.sigmaAt(noisyTo)]
    /** log(alpha / sigma), rising. */
    const lambdaAt = (i: number): number => -Math.log(ratioOf(sigmaAt(sigmas, i), scale))

    /** τ² of step i. */
    const tauSquaredAt = (i: number): number => {
      const sigmaNext = sigmaAt(sigmas, i + 1)
      return sigmaNext <= noisiest && sigmaNext >= cleanest ? eta : 0
    }
    /** Steps that add no noise draw none. */
    const drawOf = (i: number): number =>
      Array.from({ length: i }, (_, k) => k).filter((k) => tauSquaredAt(k) > 0).length
    const count = sigmas.length - 1
    const mostAt = (order: number, stepsLeft: number): number =>
      sigmas[count] === 0 ? Math.min(order, stepsLeft) : order

    /** From `left` over step i through estimates at the sigmas with the indices `points`. */
    function adams(left: Tensor, i: number, estimates: readonly Tensor[], points: readonly number[]): Tensor {
      const [sigma, sigmaNext] = [sigmaAt(sigmas, i), sigmaAt(sigmas, i + 1)]
      const tauSquared = tauSquaredAt(i)
      const { keep, renoise } = snrStep(sigma, sigmaNext, tauSquared, scale)
      const end = lambdaAt(i + 1)
      const rate = 1 + tauSquared
      const weight = (lambda: number): number => rate * Math.exp(-rate * (end - lambda))
      const coefficients = adamsCoefficients(points.map(lambdaAt), lambdaAt(i), end, weight)
      const alpha = scale.alphaOf(sigmaNext)
      const terms = estimates.map((estimate, k) => [alpha * numberAt(coefficients, k), estimate] as const)
      if (tauSquared === 0) return sum([[keep, left], ...terms])
      return sum([[keep, left], ...terms, [renoise * noiseScale, noise.independent(drawOf(i))]])
    }

    let { x } = run
    for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
      let denoised = await denoise(x, sigma)
      onStep({ step: i + 1, sigma, denoised })
      const [left, ...estimates] = history
      if (left !== undefined && (sigmaNext > 0 || reestimates)) {
        const used = [denoised, ...estimates].slice(0, mostAt(correctorOrder, count - i))
        const points = used.map((_, k) => i - k)
        x = adams(left, i - 1, used, points)
        if (reestimates) denoised = await denoise(x, sigma)
      }
      const known = [denoised, ...estimates].slice(0, predictorOrder)
      history.splice(0, history.length, x, ...known)
      const used = known.slice(0, mostAt(predictorOrder, count - 1 - i))
      const points = used.map((_, k) => i - k)
      x = sigmaNext === 0 ? denoised : adams(x, i, used, points)
    }
    return x
  }

/** SA-Solver with one estimate a step. */
export const sa_solver = saSolverWith({ reestimates: false })
