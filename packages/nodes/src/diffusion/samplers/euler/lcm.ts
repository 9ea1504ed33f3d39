import { sum } from '../../../tensor/index.ts'
import { steps, type Sampler } from '../steps/sampler.ts'

/**
 * Multistep consistency sampling: Luo et al. (2023), "Latent consistency models", Algorithm 3. Each estimate is
 * noised anew.
 */
export const lcm: Sampler = async (run) => {
  const { denoise, sigmas, range, noise, scale, noiseScale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    x = denoised
    if (sigmaNext > 0)
      x = sum([
        [scale.alphaOf(sigmaNext), x],
        [sigmaNext * noiseScale, noise.independent(i)],
      ])
  }
  return x
}
