import { numberAt } from '@patchbay/onnx/tensor'
import { sum } from '../../../tensor/index.ts'
import { derivative, remember, steps, type Sampler } from '../steps/sampler.ts'

/** Adams–Bashforth coefficients for even steps, by the number of slopes known. */
const coefficients = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]] as const

/** iPNDM (Zhang and Chen 2023, DEIS, eq. 19; after Liu et al. 2022): Adams–Bashforth as if the steps were even. */
export const ipndm: Sampler = async (run) => {
  const { denoise, sigmas, range, history, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    remember(history, derivative(x, sigma, denoised), coefficients.length)
    const known = coefficients[history.length - 1] ?? [1]
    const dt = sigmaNext - sigma
    x =
      sigmaNext === 0
        ? denoised
        : sum([[1, x], ...history.map((slope, k) => [dt * numberAt(known, k), slope] as const)])
  }
  return x
}
