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

/** x / √(spread² + sigma²) for diffusion, so that its variance is that of training; x itself for a flow. */
export function networkInput(process: NoiseProcess, x: Tensor, sigma: number): Tensor {
  const { predictionType, dataSpread = 1 } = process
  return predictionType === 'flow' ? x : scale(x, 1 / Math.hypot(dataSpread, sigma))
}

/**
 * Clean latents from a prediction. Epsilon: x − σ·ε (Song et al. 2021, DDIM, eq. 9);
 * v: x/(1+σ²) − v·σ/√(1+σ²) (Salimans and Ho 2022, appendix D, in variance-exploding coordinates);
 * edm: the same with the sign of v turned, for data of a spread of its own (Karras et al. 2022, eq. 7);
 * flow: x − σ·v (Liu et al. 2023); sample: the prediction itself. Consistency models have boundary scalings on top.
 */
export function denoisedOf(process: NoiseProcess, x: Tensor, sigma: number, prediction: Tensor): Tensor {
  const plain = predictedOf(process, x, sigma, prediction)
  const boundary = process.boundaryAt?.(process.timestepOf(sigma))
  if (!boundary) return plain
  return sum([
    [boundary.out, plain],
    [boundary.skip, x],
  ])
}

function predictedOf(process: NoiseProcess, x: Tensor, sigma: number, prediction: Tensor): Tensor {
  const { predictionType, dataSpread: spread = 1 } = process
  switch (predictionType) {
    case 'epsilon':
    case 'flow':
      return sum([
        [1, x],
        [-sigma, prediction],
      ])
    case 'v':
    case 'edm': {
      const variance = spread * spread + sigma * sigma
      const sign = predictionType === 'v' ? -1 : 1
      return sum([
        [(spread * spread) / variance, x],
        [(sign * sigma * spread) / Math.sqrt(variance), prediction],
      ])
    }
    case 'sample':
      return prediction
    default:
      return predictionType satisfies never
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
