import { byteLengthOf, elementCountOf } from './dtype.ts'
import type { DType } from './dtype.ts'

/** The typed array that holds each dtype on the host. float16 and bfloat16 are raw bit patterns; bool is 0 or 1 a byte. */
export interface ValuesOf {
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

export type TensorValues = ValuesOf[DType]

/** A dense row-major tensor in the memory of this process. */
export type Tensor = TensorOf<DType>

/** A tensor of one dtype, or of any one of several. */
export type TensorOf<D extends DType> = {
  readonly [Each in D]: { readonly dtype: Each; readonly shape: readonly number[]; readonly values: ValuesOf[Each] }
}[D]

const arrayTypes: { readonly [D in DType]: new (buffer: ArrayBuffer, offset: number, length: number) => ValuesOf[D] } =
  {
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

/** A tensor over `values`; throws where their number is not that of the shape. */
export function tensorOf<D extends DType>(dtype: D, shape: readonly number[], values: ValuesOf[D]): TensorOf<D> {
  const expected = byteLengthOf(dtype, shape)
  if (values.byteLength !== expected) {
    throw new RangeError(
      `A ${dtype} tensor of shape [${shape.join(', ')}] has ${elementCountOf(shape)} elements (${expected} bytes), ` +
        `but the values take ${values.byteLength} bytes`,
    )
  }
  return assemble(dtype, shape, values)
}

/** A tensor of zeros. */
export function zeros<D extends DType>(dtype: D, shape: readonly number[]): TensorOf<D> {
  return tensorOfBytes(dtype, shape, new Uint8Array(byteLengthOf(dtype, shape)))
}

/** A float32 tensor; the values are copied when they are not a Float32Array. */
export function float32(shape: readonly number[], values: Float32Array | readonly number[]): TensorOf<'float32'> {
  return tensorOf('float32', shape, values instanceof Float32Array ? values : Float32Array.from(values))
}

/** An int64 tensor of the given numbers, which must be integers. */
export function int64(shape: readonly number[], values: readonly (number | bigint)[]): TensorOf<'int64'> {
  return tensorOf('int64', shape, BigInt64Array.from(values, BigInt))
}

/** An int32 tensor of the given numbers. */
export function int32(shape: readonly number[], values: Int32Array | readonly number[]): TensorOf<'int32'> {
  return tensorOf('int32', shape, values instanceof Int32Array ? values : Int32Array.from(values))
}

/** A tensor over little-endian bytes as they lie in a file; copies only where the bytes are not aligned to the elements. */
export function tensorOfBytes<D extends DType>(dtype: D, shape: readonly number[], bytes: Uint8Array): TensorOf<D> {
  const expected = byteLengthOf(dtype, shape)
  if (bytes.byteLength !== expected) {
    throw new RangeError(
      `A ${dtype} tensor of shape [${shape.join(', ')}] takes ${expected} bytes, but ${bytes.byteLength} were given`,
    )
  }
  const elementBytes = bytesPerArrayElement(dtype)
  const aligned = bytes.byteOffset % elementBytes === 0 && bytes.buffer instanceof ArrayBuffer
  const own = aligned ? bytes : Uint8Array.from(bytes)
  const Values = arrayTypes[dtype]
  return assemble(dtype, shape, new Values(own.buffer as ArrayBuffer, own.byteOffset, own.byteLength / elementBytes))
}

// The compiler does not see that the fields of one dtype make a member of the union over all of them.
function assemble<D extends DType>(dtype: D, shape: readonly number[], values: ValuesOf[D]): TensorOf<D> {
  return { dtype, shape: [...shape], values } as unknown as TensorOf<D>
}

/** The bytes of a tensor, little-endian, without a copy. */
export function bytesOf(tensor: Tensor): Uint8Array {
  return new Uint8Array(tensor.values.buffer, tensor.values.byteOffset, tensor.values.byteLength)
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
