import type { Tensor } from '@patchbay/onnx/tensor'
import { batchSize, sliceBatch } from './batch.ts'

/**
 * Where `count` items from `first` on lie in a batch of `size`; `first` counts from the end where it is negative. What
 * lies outside is refused with a RangeError, or with `isWithin` left out: the last item then stands for any behind it.
 */
export function rangeInBatch(
  size: number,
  first: number,
  count: number,
  isWithin = false,
): { readonly start: number; readonly end: number } {
  const start = first < 0 ? size + first : first
  if (isWithin) {
    const within = Math.min(size - 1, Math.max(0, start))
    return { start: within, end: Math.min(size, within + count) }
  }
  if (start < 0 || start + count > size) {
    throw new RangeError(`The batch has ${size}, so there are no ${count} from ${first} on`)
  }
  return { start, end: start + count }
}

/** `count` items of a batch from `first` on: see `rangeInBatch`. */
export function pickBatch(tensor: Tensor, first: number, count: number, isWithin = false): Tensor {
  const { start, end } = rangeInBatch(batchSize(tensor), first, count, isWithin)
  return sliceBatch(tensor, start, end)
}
