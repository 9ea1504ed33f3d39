import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import type { Formulas, SamplerName } from '../diffusion/index.ts'
import { initialNoise, parseSeed, seedOfItem } from '../random/index.ts'
import { latentMask } from '../values/latent-mask.ts'
import type { Latents } from '../values/latents.ts'

/**
 * What the mask keeps is, at the end of the schedule, bit for bit as it came. What it repaints by half has been blended
 * in each estimate, and is not blended again.
 */
export function keepUnmasked({ run, noiseMask }: Latents, tensor: Tensor, sigma: number): Tensor {
  if (!run || !noiseMask || sigma > 0) return tensor
  const mask = latentMask(noiseMask, tensor)
  return float32(
    tensor.shape,
    tensor.data.map((value, i) => (mask.data[i] === 0 ? numberAt(run.clean.data, i) : value)),
  )
}

/** ComfyUI's DDIM keeps what the mask keeps under other noise than sampling began with: that of the next seed. */
export function withKeptNoise(
  latents: Latents,
  { sampler, formulas }: { readonly sampler: SamplerName; readonly formulas?: Formulas },
): Latents {
  const { run, noiseMask } = latents
  if (!run || !noiseMask || formulas !== 'comfyui' || sampler !== 'ddim') return latents
  const seed = seedOfItem(parseSeed(run.noise.seed), 1)
  const initial = initialNoise({ ...run.noise, seed, shape: run.clean.shape })
  return { ...latents, run: { ...run, initialNoise: initial } }
}
