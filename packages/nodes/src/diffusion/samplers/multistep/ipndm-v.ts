import { numberAt } from '@patchbay/onnx/tensor'
import { sum } from '../../../tensor/index.ts'
import { adamsCoefficients } from '../steps/polynomial-integral.ts'
import { derivative, remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'

const order = 4

/**
 * iPNDM with coefficients for the actual, uneven steps (Zhang and Chen 2023, DEIS, section 3.4); the last step is the
 * estimate. ComfyUI has other coefficients of the third and the fourth order.
 */
export const ipndm_v: Sampler = async (run) => {
  const { denoise, sigmas, range, formulas, history, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    remember(history, derivative(x, sigma, denoised), order)
    const slopes = history.slice(0, i + 1)
    const points = slopes.map((_, k) => sigmaAt(sigmas, i - k))
    const coefficients =
      formulas === 'comfyui' ? comfyCoefficients([sigmaNext, ...points]) : adamsCoefficients(points, sigma, sigmaNext)
    x =
      sigmaNext === 0
        ? denoised
        : sum([[1, x], ...slopes.map((slope, k) => [numberAt(coefficients, k), slope] as const)])
  }
  return x
}

/**
 * The weights of the last slopes, newest first, as ComfyUI has them, by the sigmas from the next one back. Those of the
 * third order are the polynomial's for even steps alone, for a bracket stands elsewhere; in those of the fourth a term
 * has the other sign, and on uneven steps they do not add up to the step.
 */
export function comfyCoefficients(sigmas: readonly number[]): readonly number[] {
  const h = sigmas.slice(1).map((sigma, k) => numberAt(sigmas, k) - sigma)
  const [step = 0, h1 = 0, h2 = 0, h3 = 0] = h
  const two = step + h1
  const first = step / h1 / 2
  if (h.length === 1) return [step]
  if (h.length === 2) return [1 + first, -first].map((weight) => step * weight)
  const third = (1 - ((step / (3 * two)) * (step * two)) / (h1 * (h1 + h2))) / 2
  const back = h1 / h2
  if (h.length === 3) {
    return [1 + first + third, -first - (1 + back) * third, back * third].map((weight) => step * weight)
  }
  const three = two + h2
  const share = (1 - step / (3 * two)) / 2 + ((1 - step / (2 * two)) * step) / (6 * three)
  const fourth = (share * (step * two * three)) / (h1 * (h1 + h2) * (h1 + h2 + h3))
  const far = (h1 * (h1 + h2)) / (h2 * (h2 + h3))
  return [
    1 + first + third + fourth,
    -first - (1 + back) * third - (1 + back + far) * fourth,
    back * third + (back + far * (1 + h2 / h3)) * fourth,
    -fourth * far * back,
  ].map((weight) => step * weight)
}
