import { sum } from '../../../tensor/index.ts'
import { derivative, remember, steps, type Sampler } from '../steps/sampler.ts'

/** How far the slope is carried beyond the newest one: 1 would be Euler's method. */
export const gradientWeight = 2

/**
 * Gradient estimation: Permenter and Yuan (2024), "Interpreting and improving diffusion models from an optimization
 * perspective".
 */
export const gradient_estimation: Sampler = async (run) => {
  const { denoise, sigmas, range, history, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const d = derivative(x, sigma, denoised)
    const [previous] = history
    const dt = sigmaNext - sigma
    if (sigmaNext === 0) x = denoised
    else if (previous === undefined)
      x = sum([
        [1, x],
        [dt, d],
      ])
    else
      x = sum([
        [1, x],
        [dt * gradientWeight, d],
        [dt * (1 - gradientWeight), previous],
      ])
    remember(history, d, 1)
  }
  return x
}
