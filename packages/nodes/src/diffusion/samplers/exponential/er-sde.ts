import { sum } from '../../../tensor/index.ts'
import { integrate } from '../steps/polynomial-integral.ts'
import { remember, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'
import { ratioOf, withFiniteRatio } from '../steps/snr-step.ts'

/** The noise scale φ of the extended reverse SDE, over the noise-to-signal ratio; with eta 0, φ(x) = x, the ODE. */
function noiseScaleAt(ratio: number, eta: number): number {
  return ratio * (Math.exp(ratio ** 0.3) + 10) ** eta
}

/** ∫ f from `low` to `high` over a ratio that spans orders of magnitude: even in its logarithm. */
function integrateRatio(f: (ratio: number) => number, low: number, high: number): number {
  return integrate((log) => f(Math.exp(log)) * Math.exp(log), Math.log(low), Math.log(high))
}

const comfyPoints = 200
/** ComfyUI's ∫ f from `low` to `high`: the sum over 200 points, each at the lower end of its share. */
function sumOfPoints(f: (ratio: number) => number, low: number, high: number): number {
  const width = (high - low) / comfyPoints
  return (
    Array.from({ length: comfyPoints }, (_, k) => f(low + k * width)).reduce((sum, value) => sum + value, 0) * width
  )
}

/**
 * ER-SDE-Solver-3: Cui et al. (2023), "Elucidating the solution space of extended reverse-time SDE", Algorithm 3.
 * Remembers the two last estimates.
 */
export const er_sde: Sampler = async (run) => {
  const { denoise, range, noise, scale, eta, noiseScale, formulas, history, onStep } = run
  const integral = formulas === 'comfyui' ? sumOfPoints : integrateRatio
  const sigmas = withFiniteRatio(run.sigmas, scale)
  const ratioAt = (i: number): number => ratioOf(sigmaAt(sigmas, i), scale)
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const [last, beforeLast] = history
    remember(history, denoised, 2)
    if (sigmaNext === 0) {
      x = denoised
      continue
    }
    const [ratio, ratioNext] = [ratioAt(i), ratioAt(i + 1)]
    const [phi, phiNext] = [noiseScaleAt(ratio, eta), noiseScaleAt(ratioNext, eta)]
    const [alpha, alphaNext] = [scale.alphaOf(sigma), scale.alphaOf(sigmaNext)]
    const fall = phiNext / phi
    x = sum([
      [(alphaNext / alpha) * fall, x],
      [alphaNext * (1 - fall), denoised],
    ])
    if (last !== undefined) {
      const dt = ratioNext - ratio
      const reach = dt + phiNext * integral((at) => 1 / noiseScaleAt(at, eta), ratioNext, ratio)
      const gap = ratio - ratioAt(i - 1)
      const slope = sum([
        [1 / gap, denoised],
        [-1 / gap, last],
      ])
      x = sum([
        [1, x],
        [alphaNext * reach, slope],
      ])
      if (beforeLast !== undefined) {
        const curved = dt ** 2 / 2 + phiNext * integral((at) => (at - ratio) / noiseScaleAt(at, eta), ratioNext, ratio)
        const gapBefore = ratioAt(i - 1) - ratioAt(i - 2)
        const slopeBefore = sum([
          [1 / gapBefore, last],
          [-1 / gapBefore, beforeLast],
        ])
        const bend = (2 * alphaNext * curved) / (ratio - ratioAt(i - 2))
        x = sum([
          [1, x],
          [bend, slope],
          [-bend, slopeBefore],
        ])
      }
    }
    const renoise = alphaNext * Math.sqrt(Math.max(0, ratioNext ** 2 - (ratio * fall) ** 2))
    if (eta > 0)
      x = sum([
        [1, x],
        [renoise * noiseScale, noise.independent(i)],
      ])
  }
  return x
}
