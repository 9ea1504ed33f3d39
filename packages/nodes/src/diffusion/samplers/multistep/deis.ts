import { sum } from '../../../tensor/index.ts'
import { integrate, lagrange } from '../steps/polynomial-integral.ts'
import { derivative, remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'

const order = 3

/**
 * A variance-preserving schedule of linear beta over time in [0, 1], from sigma 0.002 at time 0.001 to sigma 80 at
 * time 1.
 */
const earliest = 1e-3
const [lowLog, highLog] = [Math.log(0.002 ** 2 + 1), Math.log(80 ** 2 + 1)]
const betaSlope = (2 * (lowLog / earliest - highLog)) / (earliest - 1)
const betaStart = highLog - 0.5 * betaSlope

/** The time of a sigma: log(1 + sigma²) = ½·slope·t² + start·t. */
function timeOf(sigma: number): number {
  return (Math.sqrt(betaStart ** 2 + 2 * betaSlope * Math.log1p(sigma ** 2)) - betaStart) / betaSlope
}

/**
 * DEIS with time as the polynomials' variable (tAB-DEIS: Zhang and Chen 2023, eq. 15): slopes are extrapolated over
 * the time of a variance-preserving schedule, in which they are smoothest, and integrated over sigma.
 */
export const deis: Sampler = async (run) => {
  const { denoise, sigmas, range, history, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    remember(history, derivative(x, sigma, denoised), order)
    const slopes = history.slice(0, i + 1)
    const times = slopes.map((_, k) => timeOf(sigmaAt(sigmas, i - k)))
    const coefficientOf = (k: number): number => integrate((at) => lagrange(times, k, timeOf(at)), sigma, sigmaNext)
    x = sigmaNext === 0 ? denoised : sum([[1, x], ...slopes.map((slope, k) => [coefficientOf(k), slope] as const)])
  }
  return x
}
