import { elementCountOf, float32, type Tensor } from '@patchbay/onnx/tensor'
import { roundHalfToEven } from '../../maths/rounding.ts'

/**
 * The middle of a tensor in the proportions of a size: as much is cut from either side of the longer axis. `rows` is
 * the axis of the height; the next one is the width.
 */
export function cutToShape(
  tensor: Tensor,
  rows: number,
  { height, width }: { readonly height: number; readonly width: number },
): Tensor {
  const [tall, wide] = [tensor.shape[rows] ?? 1, tensor.shape[rows + 1] ?? 1]
  const [own, wanted] = [wide / tall, width / height]
  const beside = own > wanted ? roundHalfToEven((wide - wide * (wanted / own)) / 2) : 0
  const above = own < wanted ? roundHalfToEven((tall - tall * (own / wanted)) / 2) : 0
  return narrowed(narrowed(tensor, rows, above, tall - 2 * above), rows + 1, beside, wide - 2 * beside)
}

/** The middle of a tensor with both sides the next multiples of a number below, or as they are where there is none. */
export function cutToMultiple(tensor: Tensor, rows: number, multiple: number): Tensor {
  return [rows, rows + 1].reduce((cut, axis) => {
    const length = tensor.shape[axis] ?? 1
    const left = length % multiple
    return length < multiple ? cut : narrowed(cut, axis, Math.floor(left / 2), length - left)
  }, tensor)
}

/** `length` samples of an axis from `start` on. */
export function narrowed(tensor: Tensor, axis: number, start: number, length: number): Tensor {
  const { shape, data } = tensor
  const from = shape[axis] ?? 1
  if (start === 0 && length === from) return tensor
  const inner = elementCountOf(shape.slice(axis + 1))
  const outer = elementCountOf(shape.slice(0, axis))
  const result = new Float32Array(outer * length * inner)
  for (let o = 0; o < outer; o++) {
    const first = (o * from + start) * inner
    result.set(data.subarray(first, first + length * inner), o * length * inner)
  }
  return float32(shape.with(axis, length), result)
}
