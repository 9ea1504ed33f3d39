import { numberAt } from '@patchbay/onnx/tensor'
import { sum } from '../../../tensor/index.ts'
import { adamsCoefficients } from '../steps/polynomial-integral.ts'
import { derivative, remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'

const order = 4

/**
 * Linear multistep (Adams–Bashforth with variable steps): the polynomial through the last slopes, integrated over the
 * step.
 */
export const lms: Sampler = async (run) => {
  const { denoise, sigmas, range, formulas, history, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    remember(history, derivative(x, sigma, denoised), order)
    const slopes = history.slice(0, i + 1)
    const points = slopes.map((_, k) => sigmaAt(sigmas, i - k))
    const coefficients = adamsCoefficients(points, sigma, sigmaNext)
    // ComfyUI ends with the estimate, as other samplers do, and does not extrapolate to 0.
    const isLast = formulas === 'comfyui' && sigmaNext === 0
    x = isLast ? denoised : sum([[1, x], ...slopes.map((slope, k) => [numberAt(coefficients, k), slope] as const)])
  }
  return x
}
