import { numberAt, type Tensor } from '@patchbay/onnx/tensor'
import { dpmSolver23, lowestSigma } from '../steps/dpm-solver-step.ts'
import { derivative, sigmaAt, type Sampler } from '../steps/sampler.ts'

const [relativeTolerance, absoluteTolerance] = [0.05, 0.0078]
const firstStep = 0.05
const acceptance = 0.81
const order = 3

/**
 * DPM-Solver-12/23 with adaptive steps in log sigma: Lu et al. (2022), "DPM-Solver", appendix C. Orders 2 and 3 share
 * their estimates of the start; their difference sets the step. The schedule gives only the ends (the lower one is
 * its lowest sigma above 0), so all is done in step 0, and the other steps change nothing. The items of a batch share
 * their steps: the one sampler whose item in a batch differs from its single run.
 */
export const dpm_adaptive: Sampler = async (run) => {
  const { denoise, sigmas, range, onStep } = run
  let { x } = run
  if (range.first > 0 || range.end === 0) return x
  const end = Math.log(lowestSigma(sigmas))
  let log = Math.log(sigmaAt(sigmas, 0))
  let h = firstStep
  let previous = x
  for (let step = 1; log > end + 1e-5;) {
    const [sigma, sigmaNext] = [Math.exp(log), Math.exp(Math.max(end, log - h))]
    const denoised = await denoise(x, sigma)
    onStep({ step, sigma, denoised })
    const start = { denoise, x, sigma, d: derivative(x, sigma, denoised) }
    const { low, high } = await dpmSolver23(start, sigmaNext)
    const factor = 1 + Math.atan((1 / (relativeError(low, high, previous) + 1e-8)) ** (1 / order) - 1)
    if (factor >= acceptance) {
      x = high
      previous = low
      log = Math.log(sigmaNext)
      step++
    }
    h *= factor
  }
  return x
}

/** The root mean square of low − high, each element in units of the tolerance at its magnitude. */
function relativeError(low: Tensor, high: Tensor, previous: Tensor): number {
  let sum = 0
  for (let i = 0; i < low.data.length; i++) {
    const [a, b, c] = [numberAt(low.data, i), numberAt(high.data, i), numberAt(previous.data, i)]
    const tolerance = Math.max(absoluteTolerance, relativeTolerance * Math.max(Math.abs(a), Math.abs(c)))
    sum += ((a - b) / tolerance) ** 2
  }
  return Math.sqrt(sum / low.data.length)
}
