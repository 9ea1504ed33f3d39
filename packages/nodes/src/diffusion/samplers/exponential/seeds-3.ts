import type { Tensor } from '@patchbay/onnx/tensor'
import { sum } from '../../../tensor/index.ts'
import { hPhi1, hPhi2 } from '../steps/phi.ts'
import { steps, type Sampler } from '../steps/sampler.ts'
import { segmentNoise } from '../steps/segment-noise.ts'
import { sigmaBetween, snrStep, withFiniteRatio } from '../steps/snr-step.ts'

/**
 * SEEDS-3: Gonzalez et al. (2023), Algorithm 3, with data prediction and estimates at one and two thirds of the step
 * in log SNR.
 */
export const seeds_3: Sampler = async (run) => {
  const { denoise, sigmas, range, noise, scale, eta, noiseScale, onStep } = run
  let { x } = run
  for (const { i, sigma, sigmaNext } of steps(withFiniteRatio(sigmas, scale), range)) {
    const denoised = await denoise(x, sigma)
    onStep({ step: i + 1, sigma, denoised })
    if (sigmaNext === 0) {
      x = denoised
      continue
    }
    const [sigma1, sigma2] = [
      sigmaBetween(sigma, sigmaNext, 1 / 3, scale),
      sigmaBetween(sigma, sigmaNext, 2 / 3, scale),
    ]
    const first = snrStep(sigma, sigma1, eta, scale)
    const second = snrStep(sigma, sigma2, eta, scale)
    const whole = snrStep(sigma, sigmaNext, eta, scale)
    const { carried, fresh } = segmentNoise(whole.h * eta, 1 / 3)
    // Unit noise of the path so far, in units of sigma: each third damps what came before and adds its own.
    let path: Tensor | undefined
    const extend = (draw: number): Tensor => {
      const drawn = noise.independent(3 * i + draw)
      path =
        path === undefined
          ? sum([
              [fresh, drawn],
              [0, drawn],
            ])
          : sum([
              [carried, path],
              [fresh, drawn],
            ])
      return path
    }

    let x1 = sum([
      [first.keep, x],
      [first.take, denoised],
    ])
    if (eta > 0)
      x1 = sum([
        [1, x1],
        [sigma1 * noiseScale, extend(0)],
      ])
    const denoised1 = await denoise(x1, sigma1)

    const slope2 = -scale.alphaOf(sigma2) * 2 * hPhi2(-second.hEta)
    let x2 = sum([
      [second.keep, x],
      [second.take - slope2, denoised],
      [slope2, denoised1],
    ])
    if (eta > 0)
      x2 = sum([
        [1, x2],
        [sigma2 * noiseScale, extend(1)],
      ])
    const denoised2 = await denoise(x2, sigma2)

    const slope3 = -scale.alphaOf(sigmaNext) * 1.5 * hPhi2(-whole.hEta)
    const constant = -scale.alphaOf(sigmaNext) * hPhi1(-whole.hEta)
    x = sum([
      [whole.keep, x],
      [constant - slope3, denoised],
      [slope3, denoised2],
    ])
    if (eta > 0)
      x = sum([
        [1, x],
        [sigmaNext * noiseScale, extend(2)],
      ])
  }
  return x
}
