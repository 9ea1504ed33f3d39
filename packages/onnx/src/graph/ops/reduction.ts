import { flag, int } from '../attribute.ts'
import { emit, emitMany, intVector, requireAxis, requireFloat } from '../operator.ts'
import type { Shape } from '../shape.ts'
import type { Value } from '../graph.ts'

export interface ReduceOptions {
  /** The axes to reduce; all where not given. Negative ones count from the end. */
  readonly axes?: readonly number[]
  /** Keep the reduced axes with length 1. Default true, as in ONNX. */
  readonly keepDims?: boolean
}

export const reduceSum = (x: Value, options?: ReduceOptions): Value => reduce('ReduceSum', x, options)
export const reduceMean = (x: Value, options?: ReduceOptions): Value => reduce('ReduceMean', x, options)
export const reduceMax = (x: Value, options?: ReduceOptions): Value => reduce('ReduceMax', x, options)
export const reduceMin = (x: Value, options?: ReduceOptions): Value => reduce('ReduceMin', x, options)
export const reduceProd = (x: Value, options?: ReduceOptions): Value => reduce('ReduceProd', x, options)
export const reduceSumSquare = (x: Value, options?: ReduceOptions): Value => reduce('ReduceSumSquare', x, options)
export const reduceL2 = (x: Value, options?: ReduceOptions): Value => reduce('ReduceL2', x, options)

/** The index of the largest element along an axis, as int64; the first of equal ones. */
export function argMax(x: Value, { axis = -1, keepDims = true }: { axis?: number; keepDims?: boolean } = {}): Value {
  const call = { opType: 'ArgMax', operands: { x } }
  const own = requireAxis(call, axis, x.shape.length)
  const shape = without(x.shape, [own], keepDims)
  return emit(call, { dtype: 'int64', shape }, { axis: int(own), keepdims: flag(keepDims) })
}

/** The `count` largest elements along an axis, in descending order, and their indices (int64). */
export function topK(x: Value, count: number, axis = -1): { readonly values: Value; readonly indices: Value } {
  const call = { opType: 'TopK', operands: { x, count: intVector(x.graph, [count]) } }
  const own = requireAxis(call, axis, x.shape.length)
  const shape = x.shape.map((dim, index) => (index === own ? count : dim))
  const [values = x, indices = x] = emitMany(
    call,
    [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ],
    { axis: int(own) },
  )
  return { values, indices }
}

/** Running sums along an axis. */
export function cumSum(
  x: Value,
  axis: number,
  { exclusive = false, reverse = false }: { readonly exclusive?: boolean; readonly reverse?: boolean } = {},
): Value {
  const own = requireAxis({ opType: 'CumSum', operands: { x } }, axis, x.shape.length)
  const call = { opType: 'CumSum', operands: { x, axis: x.graph.scalar('int64', own) } }
  return emit(call, x, { exclusive: flag(exclusive), reverse: flag(reverse) })
}

/** `exp(x) / Σ exp(x)` along an axis. */
export const softmax = (x: Value, axis = -1): Value => alongAxis('Softmax', x, axis)

/** `log softmax(x)` along an axis. */
export const logSoftmax = (x: Value, axis = -1): Value => alongAxis('LogSoftmax', x, axis)

function alongAxis(opType: string, x: Value, axis: number): Value {
  const call = { opType, operands: { x } }
  requireFloat(call, x)
  return emit(call, x, { axis: int(requireAxis(call, axis, x.shape.length)) })
}

function reduce(opType: string, x: Value, { axes, keepDims = true }: ReduceOptions = {}): Value {
  const own = { opType, operands: { x } }
  const chosen = axes?.map((axis) => requireAxis(own, axis, x.shape.length))
  // An empty list of axes means all of them to ONNX; to a caller who computed it, it means none.
  if (chosen?.length === 0) return x
  const call = { opType, operands: { x, axes: chosen && intVector(x.graph, chosen) } }
  const shape = without(x.shape, chosen ?? x.shape.map((_, axis) => axis), keepDims)
  return emit(call, { dtype: x.dtype, shape }, { keepdims: flag(keepDims) })
}

function without(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return keepDims
    ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.includes(axis))
}
