import type { Tensor } from '@patchbay/onnx/tensor'

export function hasSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}

/** Throws a RangeError that names both shapes unless they are equal. */
export function expectSameShape(a: Tensor, b: Tensor): void {
  if (!hasSameShape(a.shape, b.shape)) {
    throw new RangeError(
      `Tensors that are combined element by element need one shape, but got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`,
    )
  }
}
