import { float, int } from '../attribute.ts'
import {
  dimOf,
  emit,
  microsoft,
  reject,
  requireEqualDims,
  requireRank,
  requireSameDType,
  staticDimOf,
} from '../operator.ts'
import type { Value } from '../value.ts'

/**
 * ONNX Runtime's fused attention: `softmax(q·kᵀ·scale)·v` for each head. q `[n, s, heads·d]`, k and v
 * `[n, t, heads·d]` → `[n, s, heads·d]`. Never holds the `s × t` scores of all heads at once.
 */
export function multiHeadAttention(
  query: Value,
  key: Value,
  value: Value,
  heads: number,
  {
    scale,
    unidirectional = false,
    bias,
  }: { readonly scale?: number; readonly unidirectional?: boolean; readonly bias?: Value } = {},
): Value {
  const gaps = { none1: undefined, none2: undefined }
  const call = { opType: 'MultiHeadAttention', operands: { query, key, value, ...gaps, bias } }
  const dtype = requireSameDType(call)
  for (const name of ['query', 'key', 'value']) requireRank(call, name, 3)
  const width = staticDimOf(query, 2)
  if (width % heads !== 0) reject(call, `expected the width ${width} to divide into ${heads} heads`)
  requireEqualDims(call, 'the width of key', width, dimOf(key, 2))
  requireEqualDims(call, 'the length of value', dimOf(key, 1), dimOf(value, 1))
  const attributes = {
    num_heads: int(heads),
    unidirectional: int(unidirectional ? 1 : 0),
    ...(scale === undefined ? {} : { scale: float(scale) }),
  }
  return emit(call, { dtype, shape: [dimOf(query, 0), dimOf(query, 1), dimOf(value, 2)] }, attributes, microsoft)
}
