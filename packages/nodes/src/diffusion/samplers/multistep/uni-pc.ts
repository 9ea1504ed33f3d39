import { numberAt, type Tensor } from '@patchbay/onnx/tensor'
import { sum } from '../../../tensor/index.ts'
import { solveLinear } from '../../../maths/linear-system.ts'
import { sigmaAt, steps, type Sampler } from '../steps/sampler.ts'
import { ratioOf, withFiniteRatio } from '../steps/snr-step.ts'

const highestOrder = 3

interface UniStep {
  readonly sigma: number
  readonly sigmaNext: number
  readonly alphaNext: number
  /** The fall of log(sigma / alpha) over the step. */
  readonly h: number
}

/**
 * Zhao et al. (2023), "UniPC", eq. 3 and 9 with data prediction: from `x` over one step with the estimate at its
 * start, and differences of other estimates to that one, each at `places[k]` steps of log SNR from the start (1 = the
 * step's end).
 */
function uniStep(
  x: Tensor,
  { sigma, sigmaNext, alphaNext, h }: UniStep,
  estimate: Tensor,
  others: readonly Tensor[],
  places: readonly number[],
  scaleOfStep: (h: number) => number,
): Tensor {
  const phi1 = Math.expm1(-h)
  const base = sum([
    [sigmaNext / sigma, x],
    [-alphaNext * phi1, estimate],
  ])
  if (others.length === 0) return base
  const weights = uniWeights(-h, places, scaleOfStep)
  const amounts = weights.map((weight, k) => (-alphaNext * scaleOfStep(-h) * weight) / (places[k] ?? 1))
  const total = amounts.reduce((a, b) => a + b, 0)
  return sum([[1, base], [-total, estimate], ...others.map((other, k) => [numberAt(amounts, k), other] as const)])
}

/**
 * The ρ of the paper's theorem 3.1: they match the Taylor terms of the exponential integral; ½ for a single place, as
 * its authors.
 */
function uniWeights(h: number, places: readonly number[], scaleOfStep: (h: number) => number): number[] {
  if (places.length === 1) return [0.5]
  let [phi, factorial] = [Math.expm1(h) / h - 1, 1]
  const [matrix, target]: [number[][], number[]] = [[], []]
  for (let power = 0; power < places.length; power++) {
    matrix.push(places.map((place) => place ** power))
    target.push((phi * factorial) / scaleOfStep(h))
    factorial *= power + 2
    phi = phi / h - 1 / factorial
  }
  return solveLinear(matrix, target)
}

/**
 * UniPC as a multistep method of order 3: each estimate corrects the step that led to it, then the next step is
 * predicted. Orders rise at the start and fall at the end. Remembers the x that the last step left from, then its
 * three last estimates.
 */
export const uniPcWith =
  (scaleOfStep: (h: number) => number): Sampler =>
  async (run) => {
    const { denoise, range, scale, history, onStep } = run
    const sigmas = withFiniteRatio(run.sigmas, scale)
    const logRatio = (i: number): number => Math.log(ratioOf(sigmaAt(sigmas, i), scale))
    const stepFrom = (i: number): UniStep => {
      const [sigma, sigmaNext] = [sigmaAt(sigmas, i), sigmaAt(sigmas, i + 1)]
      return { sigma, sigmaNext, alphaNext: scale.alphaOf(sigmaNext), h: logRatio(i) - logRatio(i + 1) }
    }
    const orderOf = (i: number): number => Math.min(highestOrder, i + 1, sigmas.length - 1 - i)
    const placesBefore = (i: number, count: number): number[] =>
      Array.from({ length: count }, (_, k) => (logRatio(i) - logRatio(i - 1 - k)) / stepFrom(i).h)
    let { x } = run
    for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
      const denoised = await denoise(x, sigma)
      onStep({ step: i + 1, sigma, denoised })
      const [left, ...estimates] = history
      const [last, ...older] = estimates
      if (left !== undefined && last !== undefined) {
        const known = Math.min(orderOf(i - 1) - 1, older.length)
        const places = [...placesBefore(i - 1, known), 1]
        x = uniStep(left, stepFrom(i - 1), last, [...older.slice(0, known), denoised], places, scaleOfStep)
      }
      history.splice(0, history.length, x, ...[denoised, ...estimates].slice(0, highestOrder))
      const known = Math.min(orderOf(i) - 1, estimates.length)
      x =
        sigmaNext === 0
          ? denoised
          : uniStep(x, stepFrom(i), denoised, estimates.slice(0, known), placesBefore(i, known), scaleOfStep)
    }
    return x
  }

/** UniPC with B₁(h) = h, the better choice for few steps under weak guidance. */
export const uni_pc = uniPcWith((h) => h)
