/** The element types of tensors and the arrays that hold them. */
export interface ElementArrays {
  float32: Float32Array
  int32: Int32Array
  int64: BigInt64Array
  uint8: Uint8Array
}

export type ElementType = keyof ElementArrays

/** A dense row-major array. Immutable by agreement: no operation writes to the data of a tensor it was given. */
export interface Tensor<Element extends ElementType = 'float32'> {
  readonly dtype: Element
  readonly shape: readonly number[]
  readonly data: ElementArrays[Element]
}

/** The number of elements of a shape; 1 for a scalar's empty shape. Throws a RangeError for a size that is no natural number. */
export function elementCount(shape: readonly number[]): number {
  let count = 1
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new RangeError(`A tensor's shape holds whole numbers from 0 up, but got [${shape.join(', ')}]`)
    }
    count *= size
  }
  return count
}

/** Wraps data without copying it. Throws a RangeError when the shape does not hold exactly the data's elements. */
export function tensorOf(data: Float32Array, shape: readonly number[]): Tensor {
  if (elementCount(shape) !== data.length) {
    throw new RangeError(
      `The shape [${shape.join(', ')}] holds ${elementCount(shape)} elements, but the data has ${data.length}`,
    )
  }
  return { dtype: 'float32', shape, data }
}

/** A tensor with one value everywhere. */
export function full(shape: readonly number[], value: number): Tensor {
  return tensorOf(new Float32Array(elementCount(shape)).fill(value), shape)
}

export function zeros(shape: readonly number[]): Tensor {
  return tensorOf(new Float32Array(elementCount(shape)), shape)
}

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
