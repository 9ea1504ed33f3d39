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
import { int64 } from '../../tensor/tensor.ts'
import type { Value } from '../graph.ts'

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

/**
 * ONNX Runtime's rotary embedding of whole heads (Su et al. 2021, eq. 34): x `[n, s, heads·d]` turned by the angles
 * whose cosines and sines are `[s, d / 2]`. Pairs are neighbours where `interleaved`, else the halves of a head.
 */
export function rotaryEmbedding(
  x: Value,
  { cos, sin, interleaved }: { readonly cos: Value; readonly sin: Value; readonly interleaved: boolean },
): Value {
  const places = x.graph.constant(int64([1], [0]))
  const call = { opType: 'RotaryEmbedding', operands: { x, places, cos, sin } }
  requireSameDType({ opType: 'RotaryEmbedding', operands: { x, cos, sin } })
  requireRank(call, 'x', 3)
  requireEqualDims(call, 'the rows of cos', dimOf(x, 1), dimOf(cos, 0))
  const width = staticDimOf(x, 2)
  if (width % (2 * staticDimOf(cos, 1)) !== 0) reject(call, `expected ${width} to divide into heads`)
  return emit(call, x, { interleaved: int(interleaved ? 1 : 0) }, microsoft)
}

export interface AttentionOptions {
  /** Of q; needed where it is `[n, s, heads·d]`. */
  readonly heads?: number
  /** Of k and v, each shared by `heads / keyHeads` heads of q; as many as q has where not given. */
  readonly keyHeads?: number
  /** Boolean (true: may be looked at) or added to the scores; broadcasts to `[n, heads, s, t]`. */
  readonly mask?: Value
  /** Each query sees the keys up to its own place. */
  readonly causal?: boolean
  /** `1 / √d` where not given. */
  readonly scale?: number
  /** Scores are squashed into ±softcap by a tanh. Not where 0, the default. */
  readonly softcap?: number
}

/**
 * ONNX's own attention, of operator set 23: `softmax(q·kᵀ·scale + mask)·v` for each head. q `[n, s, heads·d]` or
 * `[n, heads, s, d]`, k and v alike with `t` keys and `keyHeads` heads → as q, with the width of v. It has no
 * gradient and no kernel on some devices: `attention` of the layers picks what is fastest.
 */
export function attention(query: Value, key: Value, value: Value, options: AttentionOptions = {}): Value {
  const { heads, keyHeads = heads, mask, causal = false, scale, softcap = 0 } = options
  const call = { opType: 'Attention', operands: { query, key, value, mask } }
  const dtype = requireSameDType({ opType: 'Attention', operands: { query, key, value } })
  if (mask && mask.dtype !== 'bool' && mask.dtype !== dtype) reject(call, `expected mask of bool or ${dtype}`)
  requireRank(call, 'query', 3, 4)
  const rank = query.shape.length
  requireRank(call, 'key', rank)
  requireRank(call, 'value', rank)
  const split = rank === 4
  if (!split && (heads === undefined || keyHeads === undefined)) reject(call, 'expected heads for operands of rank 3')
  const [count, shared] = split
    ? [staticDimOf(query, 1), staticDimOf(key, 1)]
    : [heads ?? staticDimOf(query, 1), keyHeads ?? staticDimOf(key, 1)]
  if (count % shared !== 0) reject(call, `expected ${count} heads to share ${shared} heads of keys evenly`)
  /** Of one head. */
  const widthOf = (operand: Value, parts: number): number => {
    const width = staticDimOf(operand, rank - 1)
    if (split) return width
    if (width % parts !== 0) reject(call, `expected the width ${width} to divide into ${parts} heads`)
    return width / parts
  }
  const length = rank - 2
  requireEqualDims(call, 'the batch of key', dimOf(query, 0), dimOf(key, 0))
  requireEqualDims(call, 'the batch of value', dimOf(query, 0), dimOf(value, 0))
  if (split) requireEqualDims(call, 'the heads of value', shared, dimOf(value, 1))
  requireEqualDims(call, 'the width of a head of key', widthOf(query, count), widthOf(key, shared))
  requireEqualDims(call, 'the length of value', dimOf(key, length), dimOf(value, length))
  query.graph.requireOpset(23)
  const width = widthOf(value, shared)
  const shape = split
    ? [dimOf(query, 0), count, dimOf(query, 2), width]
    : [dimOf(query, 0), dimOf(query, 1), count * width]
  return emit(
    call,
    { dtype, shape },
    {
      is_causal: int(causal ? 1 : 0),
      ...(split ? {} : { q_num_heads: int(count), kv_num_heads: int(shared) }),
      ...(scale === undefined ? {} : { scale: float(scale) }),
      ...(softcap === 0 ? {} : { softcap: float(softcap) }),
    },
  )
}
