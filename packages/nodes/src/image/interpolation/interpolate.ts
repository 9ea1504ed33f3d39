import type { Tensor } from '@patchbay/onnx/tensor'
import { cubic, weighAxis, type Taps } from '../resample.ts'

/** The methods of PyTorch's `interpolate` that pictures and latents are resized by. */
export type InterpolationMethod = 'nearest' | 'bilinear' | 'bicubic' | 'area'

/** One sample of the result: those of the source that make it, by their places, which may lie beyond an end. */
type SampleOf = (at: number, from: number, to: number) => readonly (readonly [source: number, weight: number])[]

const around = (centre: number, reach: number, weight: (distance: number) => number) => {
  const first = Math.floor(centre) - reach + 1
  return Array.from({ length: 2 * reach }, (_, i) => [first + i, weight(first + i - centre)] as const)
}
const centreOf = (at: number, from: number, to: number): number => (at + 0.5) * (from / to) - 0.5

const samplers: Record<InterpolationMethod, SampleOf> = {
  nearest: (at, from, to) => [[Math.floor((at + 0.5) * (from / to)), 1]],
  bilinear: (at, from, to) => around(centreOf(at, from, to), 1, (distance) => 1 - Math.abs(distance)),
  bicubic: (at, from, to) => around(centreOf(at, from, to), 2, cubic),
  // The mean of all samples that the place touches, whole, however little of them.
  area(at, from, to) {
    const [first, end] = [Math.floor((at * from) / to), Math.ceil(((at + 1) * from) / to)]
    return Array.from({ length: end - first }, (_, i) => [first + i, 1 / (end - first)] as const)
  },
}

/**
 * Resizes two axes of a tensor between the samples of the source, as PyTorch's `interpolate` does without
 * antialiasing: two samples a side for `bilinear`, four for `bicubic`, `nearest` as its nearest-exact, `area` as its
 * adaptive mean. Shrinking skips samples, so that a hard edge stays hard. `rows` is the axis of the height; the next
 * one is the width. `size` is in samples, whole numbers from 1.
 * @throws RangeError for a size that is none
 */
export function interpolate(
  tensor: Tensor,
  rows: number,
  { height, width }: { readonly height: number; readonly width: number },
  method: InterpolationMethod,
): Tensor {
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
    throw new RangeError(`A size is a whole number of samples from 1, but got ${width} × ${height}`)
  }
  const along = (source: Tensor, axis: number, length: number): Tensor =>
    source.shape[axis] === length ? source : weighAxis(source, axis, tapsOf(source.shape[axis] ?? 1, length, method))
  return along(along(tensor, rows + 1, width), rows, height)
}

/** Beyond an end lies the last sample. */
function tapsOf(from: number, to: number, method: InterpolationMethod): Taps {
  const within = (source: number): number => Math.min(from - 1, Math.max(0, source))
  return Array.from({ length: to }, (_, at) =>
    samplers[method](at, from, to).map(([source, weight]) => [within(source), weight] as const),
  )
}
