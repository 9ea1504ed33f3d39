import { sum } from '../../../tensor/index.ts'
import { derivative, sigmaAt, steps, type Sampler } from '../steps/sampler.ts'

/**
 * Heun++: the slopes at the next one or two sigmas are mixed in, weighted by those sigmas against the first of the
 * schedule, so that correction fades towards the end. Two estimates in the last step but one, a single one in the
 * last.
 */
export const heunpp2: Sampler = async (run) => {
  const { denoise, sigmas, range, onStep } = run
  let { x } = run
  const [first, last] = [sigmaAt(sigmas, 0), sigmas.length - 1]
  for (const { i, sigma, sigmaNext } of steps(sigmas, range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    const d = derivative(x, sigma, denoised)
    const dt = sigmaNext - sigma
    const reached = sum([
      [1, x],
      [dt, d],
    ])
    if (i + 1 === last) {
      x = reached
      continue
    }
    const d2 = derivative(reached, sigmaNext, await denoise(reached, sigmaNext))
    const sigmaAfter = sigmaAt(sigmas, i + 2)
    if (i + 2 === last) {
      const w2 = sigmaNext / (2 * first)
      x = sum([
        [1, x],
        [dt * (1 - w2), d],
        [dt * w2, d2],
      ])
    } else {
      const further = sum([
        [1, reached],
        [sigmaAfter - sigmaNext, d2],
      ])
      const d3 = derivative(further, sigmaAfter, await denoise(further, sigmaAfter))
      const [w2, w3] = [sigmaNext / (3 * first), sigmaAfter / (3 * first)]
      x = sum([
        [1, x],
        [dt * (1 - w2 - w3), d],
        [dt * w2, d2],
        [dt * w3, d3],
      ])
    }
  }
  return x
}
