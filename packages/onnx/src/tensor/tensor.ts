import { byteLengthOf, elementCountOf, type DType } from './dtype.ts'

/**
 * The typed array that holds each dtype on the host. float16 and bfloat16 are raw bit patterns; bool is 0 or 1 a byte.
 */
export interface DataOf {
  float32: Float32Array
  float64: Float64Array
  float16: Uint16Array
  bfloat16: Uint16Array
  float8e4m3fn: Uint8Array
  float8e5m2: Uint8Array
  int8: Int8Array
  uint8: Uint8Array
  int16: Int16Array
  uint16: Uint16Array
  int32: Int32Array
  uint32: Uint32Array
  int64: BigInt64Array
  uint64: BigUint64Array
  bool: Uint8Array
  /** Two elements a byte, the first in the low half. */
  int4: Uint8Array
  uint4: Uint8Array
}

export type TensorData = DataOf[DType]

/**
 * A dense row-major tensor in the memory of this process: float32, or the element type that is named.
 * Immutable by agreement: no operation writes to the data of a tensor it was given.
 */
export type Tensor<D extends DType = 'float32'> = {
  readonly [Each in D]: { readonly dtype: Each; readonly shape: readonly number[]; readonly data: DataOf[Each] }
}[D]

/** A tensor of whichever element type; `dtype` tells the compiler which array `data` is. */
export type AnyTensor = Tensor<DType>

const arrayTypes: { readonly [D in DType]: new (buffer: ArrayBuffer, offset: number, length: number) => DataOf[D] } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float8e4m3fn: Uint8Array,
  float8e5m2: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  int4: Uint8Array,
  uint4: Uint8Array,
}

// Every constructor takes the element type first where its name does not say it, then the shape, then the contents.

/** Wraps `data` without a copy. Throws a RangeError where the shape does not hold exactly the elements of `data`. */
export function tensorOf<D extends DType>(dtype: D, shape: readonly number[], data: DataOf[D]): Tensor<D> {
  expectBytes(dtype, shape, data.byteLength)
  return assemble(dtype, shape, data)
}

/** A tensor of zeros. */
export function zeros<D extends DType>(dtype: D, shape: readonly number[]): Tensor<D> {
  return tensorOfBytes(dtype, shape, new Uint8Array(byteLengthOf(dtype, shape)))
}

/** A float32 tensor with one value everywhere. */
export function full(dtype: 'float32', shape: readonly number[], value: number): Tensor {
  return tensorOf(dtype, shape, new Float32Array(elementCountOf(shape)).fill(value))
}

/** A float32 tensor. A Float32Array is wrapped without a copy; a list of numbers is copied. */
export function float32(shape: readonly number[], data: Float32Array | readonly number[]): Tensor {
  return tensorOf('float32', shape, data instanceof Float32Array ? data : Float32Array.from(data))
}

/** An int64 tensor of the numbers, which must be integers. */
export function int64(shape: readonly number[], data: readonly (number | bigint)[]): Tensor<'int64'> {
  return tensorOf('int64', shape, BigInt64Array.from(data, BigInt))
}

/** An int32 tensor. An Int32Array is wrapped without a copy; a list of numbers is copied. */
export function int32(shape: readonly number[], data: Int32Array | readonly number[]): Tensor<'int32'> {
  return tensorOf('int32', shape, data instanceof Int32Array ? data : Int32Array.from(data))
}

/**
 * A tensor over little-endian bytes as they lie in a file; copies only where the bytes are not aligned to the elements.
 */
export function tensorOfBytes<D extends DType>(dtype: D, shape: readonly number[], bytes: Uint8Array): Tensor<D> {
  expectBytes(dtype, shape, bytes.byteLength)
  const elementBytes = bytesPerArrayElement(dtype)
  const aligned = bytes.byteOffset % elementBytes === 0 && bytes.buffer instanceof ArrayBuffer
  const own = aligned ? bytes : Uint8Array.from(bytes)
  const Data = arrayTypes[dtype]
  return assemble(dtype, shape, new Data(own.buffer as ArrayBuffer, own.byteOffset, own.byteLength / elementBytes))
}

function expectBytes(dtype: DType, shape: readonly number[], byteLength: number): void {
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new RangeError(`The sizes of a tensor are whole numbers from 0 up, but its shape is [${shape.join(', ')}]`)
  }
  const expected = byteLengthOf(dtype, shape)
  if (byteLength === expected) return
  throw new RangeError(
    `A ${dtype} tensor of shape [${shape.join(', ')}] has ${elementCountOf(shape)} elements (${expected} bytes), ` +
      `but its data has ${byteLength} bytes`,
  )
}

// The compiler does not see that the fields of one dtype make a member of the union over all of them.
function assemble<D extends DType>(dtype: D, shape: readonly number[], data: DataOf[D]): Tensor<D> {
  return { dtype, shape: [...shape], data } as unknown as Tensor<D>
}

/** The tensor, once it is known to be float32; else a TypeError that says what `source` (a subject) gave. */
export function requireFloat32(tensor: AnyTensor | undefined, source: string): Tensor {
  if (tensor?.dtype === 'float32') return tensor
  throw new TypeError(`${source} gives ${tensor?.dtype ?? 'nothing'} where float32 is expected`)
}

/** The bytes of a tensor, little-endian, without a copy. */
export function bytesOf(tensor: AnyTensor): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)
}

function bytesPerArrayElement(dtype: DType): number {
  switch (dtype) {
    case 'float64':
    case 'int64':
    case 'uint64':
      return 8
    case 'float32':
    case 'int32':
    case 'uint32':
      return 4
    case 'float16':
    case 'bfloat16':
    case 'int16':
    case 'uint16':
      return 2
    default:
      return 1
  }
}
