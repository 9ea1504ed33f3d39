import type { Tensor } from '@patchbay/onnx/tensor'
import { batchSize, sliceBatch } from './batch.ts'

/**
 * `count` items from `first` on, which counts from the end where it is negative. Throws a RangeError when there are not
 * so many.
 */
export function pickBatch(tensor: Tensor, first: number, count: number): Tensor {
  const size = batchSize(tensor)
  const start = first < 0 ? size + first : first
  if (start < 0 || start + count > size) {
    throw new RangeError(`The batch has ${size}, so there are no ${count} from ${first} on`)
  }
  return sliceBatch(tensor, start, start + count)
}
