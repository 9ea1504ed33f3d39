/** Element types as ONNX names them. `code` is TensorProto.DataType; `bits` is the size of one element as stored. */
const dtypes = {
  float32: { code: 1, bits: 32, kind: 'float' },
  uint8: { code: 2, bits: 8, kind: 'integer' },
  int8: { code: 3, bits: 8, kind: 'integer' },
  uint16: { code: 4, bits: 16, kind: 'integer' },
  int16: { code: 5, bits: 16, kind: 'integer' },
  int32: { code: 6, bits: 32, kind: 'integer' },
  int64: { code: 7, bits: 64, kind: 'integer' },
  bool: { code: 9, bits: 8, kind: 'bool' },
  float16: { code: 10, bits: 16, kind: 'float' },
  float64: { code: 11, bits: 64, kind: 'float' },
  uint32: { code: 12, bits: 32, kind: 'integer' },
  uint64: { code: 13, bits: 64, kind: 'integer' },
  bfloat16: { code: 16, bits: 16, kind: 'float' },
  float8e4m3fn: { code: 17, bits: 8, kind: 'float' },
  float8e5m2: { code: 19, bits: 8, kind: 'float' },
  uint4: { code: 21, bits: 4, kind: 'integer' },
  int4: { code: 22, bits: 4, kind: 'integer' },
} as const

export type DType = keyof typeof dtypes

export const dtypeNames = Object.keys(dtypes) as readonly DType[]

const byCode: ReadonlyMap<number, DType> = new Map(dtypeNames.map((name) => [dtypes[name].code, name]))

/** TensorProto.DataType of the ONNX format. */
export function onnxCodeOf(dtype: DType): number {
  return dtypes[dtype].code
}

/** The dtype with this TensorProto.DataType, or undefined where it is none we know (strings, complex numbers, …). */
export function dtypeOfOnnxCode(code: number): DType | undefined {
  return byCode.get(code)
}

export function isFloatDType(dtype: DType): boolean {
  return dtypes[dtype].kind === 'float'
}

/** Bits of one stored element: 4 for int4 and uint4, else a multiple of 8. */
export function bitsOf(dtype: DType): number {
  return dtypes[dtype].bits
}

/** Bytes a tensor takes when stored without gaps; two 4-bit elements share a byte. */
export function byteLengthOf(dtype: DType, shape: readonly number[]): number {
  return Math.ceil((elementCountOf(shape) * dtypes[dtype].bits) / 8)
}

export function elementCountOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1)
}
