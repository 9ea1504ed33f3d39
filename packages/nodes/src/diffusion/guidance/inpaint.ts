import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { mix } from '../../tensor/index.ts'
import type { NoiseProcess } from '../process/noise-process.ts'
import { latentsAt } from '../process/denoiser.ts'
import type { Formulas } from '../formulas.ts'
import type { GuidedDenoiser } from './guidance.ts'

export interface Inpainting {
  readonly process: NoiseProcess
  /** The clean latents that stay where the mask is 0. */
  readonly latents: Tensor
  /** The noise that sampling started from. */
  readonly noise: Tensor
  /** The latents' shape, 1 = repaint; values between blend. */
  readonly mask: Tensor
  /**
   * Values of the mask say from when on a place is repainted, in place of how much: 1 from the start, lower ones later
   * (Levin and Fried 2023, "Differential diffusion"). How firmly, from 0 (not at all) to 1. Default 0.
   */
  readonly gradual?: number
  /** The schedule of the run. Only for `gradual`. */
  readonly sigmas?: readonly number[]
  /** ComfyUI leaves the negative estimate, which CFG++ samplers ask for, unmasked. Default `published`. */
  readonly formulas?: Formulas
}

/**
 * Keeps what the mask does not repaint: before each estimate the kept part is set to the original at that noise level,
 * after it to the original itself (Lugmayr et al. 2022, "RePaint", eq. 8, without resampling). Any sampler then ends
 * with it untouched.
 */
export function withInpainting(
  guided: GuidedDenoiser,
  { process, latents, noise, mask, formulas = 'published', gradual = 0, sigmas = [] }: Inpainting,
): GuidedDenoiser {
  const maskAt = (sigma: number): Tensor => (gradual > 0 ? gradualMask(process, mask, sigmas, sigma, gradual) : mask)
  const kept = (x: Tensor, sigma: number, at: Tensor): Tensor => mix(latentsAt(process, latents, noise, sigma), x, at)
  return {
    async denoise(x, sigma) {
      const at = maskAt(sigma)
      return mix(latents, await guided.denoise(kept(x, sigma, at), sigma), at)
    },
    async denoiseGuided(x, sigma) {
      const at = maskAt(sigma)
      const { denoised, negative } = await guided.denoiseGuided(kept(x, sigma, at), sigma)
      return {
        denoised: mix(latents, denoised, at),
        negative: formulas === 'comfyui' ? negative : mix(latents, negative, at),
      }
    },
  }
}

/** Where the mask reaches the share of the timesteps that is left at this noise level. */
function gradualMask(
  process: NoiseProcess,
  mask: Tensor,
  sigmas: readonly number[],
  sigma: number,
  firmness: number,
): Tensor {
  const last = Math.max(process.sigmaMin, sigmas.at(-1) ?? 0)
  const [from, to] = [process.timestepOf(sigmas[0] ?? process.sigmaMax), process.timestepOf(last)]
  const threshold = from === to ? 0 : (process.timestepOf(sigma) - to) / (from - to)
  return float32(
    mask.shape,
    mask.data.map((value) => firmness * (value >= threshold ? 1 : 0) + (1 - firmness) * value),
  )
}

/**
 * A mask [height, width] or [n, height, width] in latent cells, repeated over the channels and batch of latents of
 * `shape`: masks for fewer items begin anew, those for more are left out. Throws a RangeError when its size differs
 * from the latents'.
 */
export function maskLike(mask: Tensor, shape: readonly number[]): Tensor {
  const [batch = 1, channels = 1, height, width] = shape
  const [maskBatch = 1, h, w] = mask.shape.length === 2 ? [1, ...mask.shape] : mask.shape
  if (h !== height || w !== width) {
    throw new RangeError(
      `A mask for latents of shape [${shape.join(', ')}] has ${height} × ${width} cells, but got ` +
        `[${mask.shape.join(', ')}]; resize it to the latents first`,
    )
  }
  const cells = mask.data.length / maskBatch
  const result = new Float32Array(batch * channels * cells)
  for (let plane = 0; plane < batch * channels; plane++) {
    const item = Math.floor(plane / channels) % maskBatch
    result.set(mask.data.subarray(item * cells, (item + 1) * cells), plane * cells)
  }
  return float32(shape, result)
}
