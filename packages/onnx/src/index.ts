export {
  bitsOf,
  byteLengthOf,
  dtypeNames,
  dtypeOfOnnxCode,
  elementCountOf,
  isFloatDType,
  isIntegerDType,
  onnxCodeOf,
  type DType,
} from './tensor/dtype.ts'
export {
  bytesOf,
  float32,
  int32,
  int64,
  tensorOf,
  tensorOfBytes,
  zeros,
  type Tensor,
  type TensorOf,
  type TensorValues,
  type ValuesOf,
} from './tensor/tensor.ts'
export {
  float16ToNumber,
  fromFloat32,
  numberToBfloat16,
  numberToFloat16,
  toFloat32,
  type WritableFloat,
} from './weights/float-bits.ts'
export { openSafetensors, parseSafetensors } from './weights/safetensors.ts'
export {
  safetensorsChunks,
  serializeSafetensors,
  writeSafetensors,
  type WriteOptions,
} from './weights/safetensors-writer.ts'
export { openTfjs, parseTfjsBytes } from './weights/tfjs.ts'
export { openTorch, parseTorch } from './weights/torch.ts'
export { WeightError, type WeightErrorCode } from './weights/weight-error.ts'
export {
  createWeightSource,
  decodedWeight,
  mergeWeights,
  readWeight,
  readWeightAsFloat32,
  readWeightRange,
  renameWeights,
  requireWeight,
  weightAsFloat32,
  weightByteLength,
  weightOf,
  weightsUnder,
  type SourceOptions,
  type Weight,
  type WeightPlace,
  type WeightSource,
} from './weights/weight-source.ts'
