import type { WeightSource } from '@patchbay/onnx'
import { countOf, sizeAt } from '../../weights/shapes.ts'
import { headWidth, type ImageProjection } from './image-projection.ts'

/** What the names and shapes under `image_proj.` tell of a projection; undefined for a structure that is not known. */
export function detectImageProjection(source: WeightSource, textWidth: number): ImageProjection | undefined {
  const size = (name: string, axis: number): number | undefined => sizeAt(source, `image_proj.${name}`, axis)
  const width = textWidth
  const latents = size('latents', 1)
  if (latents !== undefined) {
    const [innerWidth, inputWidth] = [size('proj_in.weight', 0), size('proj_in.weight', 1)]
    const heads = (size('layers.0.0.to_q.weight', 0) ?? 0) / headWidth
    if (innerWidth === undefined || inputWidth === undefined || !Number.isInteger(heads)) return undefined
    const layers = countOf(source, 'image_proj.layers')
    return { kind: 'resampled', tokens: latents, width, inputWidth, innerWidth, heads, layers }
  }
  const places = size('proj.0.weight', 1)
  if (places !== undefined && size('proj.3.weight', 0) === width) {
    return { kind: 'places', tokens: 257, width, inputWidth: places }
  }
  const [flat, inputWidth] = [size('proj.weight', 0), size('proj.weight', 1)]
  if (flat === undefined || inputWidth === undefined || flat % width !== 0) return undefined
  return { kind: 'pooled', tokens: flat / width, width, inputWidth }
}
