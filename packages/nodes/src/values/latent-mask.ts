import type { Tensor } from '@patchbay/onnx/tensor'
import { maskLike } from '../diffusion/guidance/index.ts'
import { interpolate } from '../image/interpolation/interpolate.ts'
import { sizeOfLatents } from './latents.ts'

/** A mask of any size as weights for each element of latents. A hard edge on the grid of the latents stays hard. */
export function latentMask(mask: Tensor, latents: Tensor): Tensor {
  return maskLike(cellMask(mask, latents), latents.shape)
}

/** A mask [1 or batch, height, width] of any size with one weight for each cell of latents. */
export function cellMask(mask: Tensor, latents: Tensor): Tensor {
  const { height, width } = sizeOfLatents(latents)
  return interpolate(mask, 1, { height, width }, 'bilinear')
}
