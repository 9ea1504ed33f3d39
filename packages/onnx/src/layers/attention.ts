import * as ops from '../graph/ops/index.ts'
import { GraphError } from '../graph/graph-error.ts'
import { multiplyDims } from '../graph/shape.ts'
import type { Value } from '../graph/graph.ts'
import { scalarTensor } from '../graph/scalar.ts'
import { linear, sequenceShape } from './linear.ts'
import type { FeatureMap } from './feature-map.ts'
import type { AttentionForm, AttentionParts, Scope } from './scope.ts'

export interface AttentionOptions {
  readonly heads: number
  /** Each query sees itself and what came before. */
  readonly causal?: boolean
  /** Added to the scores: broadcasts to `[n, heads, s, t]`. */
  readonly bias?: Value
  /** `1 / √(width of a head)` where not given. */
  readonly scale?: number
  readonly form?: AttentionForm
}

/** Scores of one chunk take at most about this many bytes. */
const chunkBytes = 64 * 2 ** 20

/** The widest head that ONNX Runtime's fused operator is faster for than plain products (one head of 512: slower). */
const widestFusedHead = 256

/**
 * `softmax(q·kᵀ·scale + bias)·v` for each head (Vaswani et al. 2017): q `[n, s, w]`, k, v `[n, t, w]`; gives
 * `[n, s, w]`.
 */
export function attention(query: Value, key: Value, value: Value, options: AttentionOptions): Value {
  const { heads, causal = false, bias, form = 'fused' } = options
  const { width } = sequenceShape(query)
  if (width % heads !== 0) throw new GraphError(`Attention of width ${width} does not divide into ${heads} heads`)
  const head = width / heads
  const scale = options.scale ?? 1 / Math.sqrt(head)
  if (form === 'fused' && head <= widestFusedHead) {
    return ops.multiHeadAttention(query, key, value, heads, {
      scale,
      unidirectional: causal,
      ...(bias ? { bias } : {}),
    })
  }
  const mask = causal ? withBias(causalMask(query, key), bias) : bias
  const split = (x: Value, order: readonly number[]): Value => {
    const { batch, length } = sequenceShape(x)
    return ops.transpose(ops.reshape(x, [batch, length, heads, head]), order)
  }
  const [q, k, v] = [split(query, [0, 2, 1, 3]), split(key, [0, 2, 3, 1]), split(value, [0, 2, 1, 3])]
  const whole = { q: ops.mul(q, scale), k, v, mask }
  const mixed = form === 'plain' ? attendAll(whole) : attendInChunks(whole)
  const { batch, length } = sequenceShape(query)
  return ops.reshape(ops.transpose(mixed, [0, 2, 1, 3]), [batch, length, width])
}

export interface AttentionLayerOptions {
  readonly heads: number
  /** Width of all heads together; that of `x` where not given. */
  readonly width?: number
  /** Whether `to_q`, `to_k` and `to_v` have a bias. Default false. */
  readonly bias?: boolean
  readonly outBias?: boolean
  readonly causal?: boolean
  /** The map whose places `x` is, where it is one: hooks may need its sides. */
  readonly places?: FeatureMap
  /** Each place attends to itself alone, whatever `to_q` and `to_k` say (Ahn et al. 2024, eq. 15). Default false. */
  readonly identity?: boolean
}

/**
 * diffusers' Attention: `to_q`, `to_k`, `to_v`, `to_out.0`. `x` `[n, s, c]` attends to `context` `[n, t, d]`, or to
 * itself where there is none.
 */
export function attentionLayer(
  scope: Scope,
  x: Value,
  context: Value | undefined,
  options: AttentionLayerOptions,
): Value {
  const { selfAttention } = scope.hooks
  const layer = (own: Value): Value => attendFrom(scope, own, context, options)
  return context || !selfAttention ? layer(x) : selfAttention(scope, x, layer, options.places)
}

function attendFrom(
  scope: Scope,
  x: Value,
  context: Value | undefined,
  {
    heads,
    width = sequenceShape(x).width,
    bias = false,
    outBias = true,
    causal = false,
    places,
    identity,
  }: AttentionLayerOptions,
): Value {
  const source = context ?? x
  if (identity) {
    const own = linear(scope.at('to_v'), source, { out: width, bias })
    return linear(scope.at('to_out', 0), own, { out: sequenceShape(x).width, bias: outBias })
  }
  const parts: AttentionParts = {
    query: linear(scope.at('to_q'), x, { out: width, bias }),
    key: linear(scope.at('to_k'), source, { out: width, bias }),
    value: linear(scope.at('to_v'), source, { out: width, bias }),
    isCross: context !== undefined,
    ...(places && { places }),
  }
  const attend = ({ query, key, value }: AttentionParts): Value =>
    scope.build(() => {
      // A hook may have given heads other widths than the layer has.
      const scale = 1 / Math.sqrt(width / heads)
      return attention(query, key, value, { heads, causal, form: scope.attention, scale })
    })
  const hook = scope.hooks.attention
  const mixed = hook ? hook(scope, parts, attend) : attend(parts)
  return linear(scope.at('to_out', 0), mixed, { out: sequenceShape(x).width, bias: outBias })
}

interface Heads {
  /** `[n, heads, s, d]`, scaled */
  readonly q: Value
  /** `[n, heads, d, t]` */
  readonly k: Value
  /** `[n, heads, t, d]` */
  readonly v: Value
  readonly mask: Value | undefined
}

function attendAll({ q, k, v, mask }: Heads): Value {
  const scores = ops.matMul(q, k)
  return ops.matMul(ops.softmax(mask ? ops.add(scores, mask) : scores), v)
}

/** A few queries at a time where their number is known, else head by head. */
function attendInChunks(heads: Heads): Value {
  const { q, k } = heads
  const [batch = 1, count = 1, length = 1] = q.shape
  const scores = multiplyDims([4, batch, count, length, k.shape[3] ?? 1])
  if (typeof scores === 'string' || typeof length === 'string') return attendAlong(heads, 1, Number(count), 1)
  const chunks = Math.ceil(scores / chunkBytes)
  if (chunks === 1) return attendAll(heads)
  return attendAlong(heads, 2, length, Math.max(1, Math.ceil(length / chunks)))
}

function attendAlong({ q, k, v, mask }: Heads, axis: 1 | 2, whole: number, step: number): Value {
  const cut = (x: Value, from: number): Value =>
    x.shape.at(axis - 4) === 1 || x.shape.length < 4 - axis
      ? x
      : ops.slice(x, axis - 4, from, Math.min(whole, from + step))
  const parts: Value[] = []
  for (let from = 0; from < whole; from += step) {
    const heads = axis === 1 ? { k: cut(k, from), v: cut(v, from) } : { k, v }
    parts.push(attendAll({ q: cut(q, from), ...heads, mask: mask && cut(mask, from) }))
  }
  return parts.length === 1 ? (parts[0] ?? q) : ops.concat(parts, axis)
}

/** `[s, t]`: 0 where a query may look, else a number that makes the weight 0. */
function causalMask(query: Value, key: Value): Value {
  const rows = ops.unsqueeze(ops.range(query.graph, sequenceShape(query).length), [1])
  const columns = ops.unsqueeze(ops.range(query.graph, sequenceShape(key).length), [0])
  const { graph, dtype } = query
  const never = graph.constant(scalarTensor(dtype, dtype === 'float16' ? -65504 : -1e30))
  return ops.where(ops.greater(columns, rows), never, graph.scalar(dtype, 0))
}

function withBias(mask: Value, bias: Value | undefined): Value {
  return bias ? ops.add(mask, bias) : mask
}
