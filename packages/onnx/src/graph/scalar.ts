import type { DType } from '../tensor/dtype.ts'
import { numberToFloat16 } from '../tensor/float-bits.ts'
import { tensorOf, type AnyTensor } from '../tensor/tensor.ts'
import { GraphError } from './graph-error.ts'

/** A tensor of rank 0 that holds `number`. */
export function scalarTensor(dtype: DType, number: number): AnyTensor {
  switch (dtype) {
    case 'float32':
      return tensorOf(dtype, [], Float32Array.of(number))
    case 'float64':
      return tensorOf(dtype, [], Float64Array.of(number))
    case 'float16':
      return tensorOf(dtype, [], Uint16Array.of(numberToFloat16(number)))
    case 'int64':
      return tensorOf(dtype, [], BigInt64Array.of(BigInt(number)))
    case 'int32':
      return tensorOf(dtype, [], Int32Array.of(number))
    case 'uint8':
      return tensorOf(dtype, [], Uint8Array.of(number))
    case 'int8':
      return tensorOf(dtype, [], Int8Array.of(number))
    case 'bool':
      return tensorOf(dtype, [], Uint8Array.of(number === 0 ? 0 : 1))
    default:
      throw new GraphError(`A number cannot stand for a ${dtype} constant; make it with graph.constant`)
  }
}
