import type { Tensor } from '@patchbay/onnx/tensor'
import { maskLike } from '../diffusion/guidance/index.ts'
import { resample } from '../image/resample.ts'
import { sizeOfLatents } from './latents.ts'

/** A mask of any size as weights for each element of latents. */
export function latentMask(mask: Tensor, latents: Tensor): Tensor {
  return maskLike(resample(mask, 1, sizeOfLatents(latents), 'bilinear'), latents.shape)
}
