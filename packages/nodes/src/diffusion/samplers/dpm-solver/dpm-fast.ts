import { derivative, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'
import { dpmSolver1, dpmSolver2, dpmSolver3, lowestSigma } from '../steps/dpm-solver-step.ts'

/**
 * DPM-Solver-fast: Lu et al. (2022), "DPM-Solver", section 3.4. As many estimates as there are steps, spent on ⌊steps
 * / 3⌋ + 1 intervals even in log sigma, of order 3 but for the last ones. It ends at the lowest sigma above 0.
 * Interval k runs as step k; the steps that are left over change nothing.
 */
export const dpm_fast: Sampler = async (run) => {
  const { denoise, sigmas, range, onStep } = run
  let { x } = run
  const estimates = sigmas.length - 1
  const intervals = Math.floor(estimates / 3) + 1
  const [highest, lowest] = [sigmaAt(sigmas, 0), lowestSigma(sigmas)]
  const gridAt = (k: number): number => highest * (lowest / highest) ** (k / intervals)
  const rest = estimates % 3
  for (const { i } of steps(sigmas, range)) {
    const remaining = intervals - i
    if (remaining <= 0 || lowest === highest) break
    const [sigma, sigmaNext] = [gridAt(i), gridAt(i + 1)]
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const start = { denoise, x, sigma, d: derivative(x, sigma, denoised) }
    const order = rest === 0 ? Math.min(3, remaining) : remaining === 1 ? rest : 3
    if (order === 1) x = dpmSolver1(start, sigmaNext)
    else if (order === 2) x = await dpmSolver2(start, sigmaNext)
    else x = await dpmSolver3(start, sigmaNext)
  }
  return x
}
