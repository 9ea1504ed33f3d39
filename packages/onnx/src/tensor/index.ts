export {
  bitsOf,
  byteLengthOf,
  dtypeNames,
  dtypeOfOnnxCode,
  elementCountOf,
  isFloatDType,
  onnxCodeOf,
  type DType,
} from './dtype.ts'
export { numberAt } from './number-at.ts'
export {
  bytesOf,
  float32,
  full,
  int32,
  int64,
  requireFloat32,
  tensorOf,
  tensorOfBytes,
  zeros,
  type AnyTensor,
  type DataOf,
  type Tensor,
  type TensorData,
} from './tensor.ts'
export {
  float16ToNumber,
  fromFloat32,
  numberToBfloat16,
  numberToFloat16,
  toFloat32,
  type WritableFloat,
} from './float-bits.ts'
