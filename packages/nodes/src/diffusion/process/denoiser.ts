import type { Tensor } from '@patchbay/onnx/tensor'
import { sum, scale } from '../../tensor/index.ts'
import type { NoiseProcess } from './noise-process.ts'

/** What a network computes from scaled latents and a timestep, in its own prediction type. */
export type Network<Conditioning> = (x: Tensor, timestep: number, conditioning: Conditioning) => Promise<Tensor>

/** The estimate of the clean latents from `x` at noise level `sigma`, whatever the network predicts. */
export type Denoiser<Conditioning> = (x: Tensor, sigma: number, conditioning: Conditioning) => Promise<Tensor>

/**
 * Makes a denoiser of a network: scales its input, gives it the timestep, and turns its prediction into clean
 * latents.
 */
export function createDenoiser<Conditioning>(
  network: Network<Conditioning>,
  process: NoiseProcess,
): Denoiser<Conditioning> {
  return async (x, sigma, conditioning) => {
    const prediction = await network(networkInput(process, x, sigma), process.timestepOf(sigma), conditioning)
    return denoisedOf(process, x, sigma, prediction)
  }
}

/** x / √(1 + sigma²) for diffusion, so that its variance is that of training; x itself for a flow. */
export function networkInput(process: NoiseProcess, x: Tensor, sigma: number): Tensor {
  return process.predictionType === 'flow' ? x : scale(x, 1 / Math.sqrt(1 + sigma * sigma))
}

/**
 * Clean latents from a prediction. Epsilon: x − σ·ε (Song et al. 2021, DDIM, eq. 9); v: x/(1+σ²) − v·σ/√(1+σ²)
 * (Salimans and Ho 2022, appendix D, in variance-exploding coordinates); flow: x − σ·v (Liu et al. 2023); sample: the
 * prediction itself.
 */
export function denoisedOf(process: NoiseProcess, x: Tensor, sigma: number, prediction: Tensor): Tensor {
  switch (process.predictionType) {
    case 'epsilon':
    case 'flow':
      return sum([
        [1, x],
        [-sigma, prediction],
      ])
    case 'v': {
      const variance = 1 + sigma * sigma
      return sum([
        [1 / variance, x],
        [-sigma / Math.sqrt(variance), prediction],
      ])
    }
    case 'sample':
      return prediction
    default:
      return process.predictionType satisfies never
  }
}

/**
 * The latents at which sampling starts: `latents` with noise of level `sigma`. At the very top of a diffusion's
 * schedule the noise has variance 1 + σ², as in training, where the latents hold no more signal than that.
 */
export function noisyLatents(process: NoiseProcess, latents: Tensor, noise: Tensor, sigma: number): Tensor {
  const isTop = process.predictionType !== 'flow' && sigma >= process.sigmaMax * (1 - 1e-5)
  if (!isTop) return latentsAt(process, latents, noise, sigma)
  return sum([
    [1, latents],
    [Math.sqrt(1 + sigma * sigma), noise],
  ])
}

/** alpha(sigma) · latents + sigma · noise: latents at a noise level, wherever in the schedule it is. */
export function latentsAt(process: NoiseProcess, latents: Tensor, noise: Tensor, sigma: number): Tensor {
  return sum([
    [process.alphaOf(sigma), latents],
    [sigma, noise],
  ])
}

/** Undoes the signal's scale when sampling stops at a sigma above 0, so that it can be resumed or decoded. */
export function restoredLatents(process: NoiseProcess, x: Tensor, sigma: number): Tensor {
  const alpha = process.alphaOf(sigma)
  return alpha === 1 || alpha === 0 ? x : scale(x, 1 / alpha)
}
