import { elementCountOf, float32, type Tensor } from '@patchbay/onnx/tensor'
import { hasSameShape } from './same-shape.ts'

/** The size of the first axis. Throws a RangeError for a scalar, which has none. */
export function batchSize(a: Tensor): number {
  const size = a.shape[0]
  if (size === undefined) throw new RangeError('A scalar has no batch: the tensor needs at least one axis')
  return size
}

/** Items from `start` up to `end` of the first axis, as a view on the same data. */
export function sliceBatch(a: Tensor, start: number, end: number): Tensor {
  const size = batchSize(a)
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || start > end || end > size) {
    throw new RangeError(`Items ${start} to ${end} are not all in a batch of ${size}`)
  }
  const inner = elementCountOf(a.shape.slice(1))
  return float32([end - start, ...a.shape.slice(1)], a.data.subarray(start * inner, end * inner))
}

/** Joins tensors along the first axis. Throws a RangeError when there are none or the other axes differ. */
export function concatBatch(parts: readonly Tensor[]): Tensor {
  const [first] = parts
  if (first === undefined) throw new RangeError('A batch is joined from at least one tensor')
  const inner = first.shape.slice(1)
  for (const part of parts) {
    if (part.shape.length === 0 || !hasSameShape(part.shape.slice(1), inner)) {
      throw new RangeError(
        `Tensors of a batch need equal sizes but for the first, got [${first.shape.join(', ')}] and [${part.shape.join(', ')}]`,
      )
    }
  }
  if (parts.length === 1) return first
  const result = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0))
  let offset = 0
  for (const part of parts) {
    result.set(part.data, offset)
    offset += part.data.length
  }
  return float32([parts.reduce((sum, part) => sum + batchSize(part), 0), ...inner], result)
}

/** The whole batch `times` times over: items 0, 1, …, 0, 1, … */
export function repeatBatch(a: Tensor, times: number): Tensor {
  return concatBatch(Array.from({ length: times }, () => a))
}

/** The same data under another shape. Throws a RangeError when the element counts differ. */
export function reshape(a: Tensor, shape: readonly number[]): Tensor {
  return float32(shape, a.data)
}
