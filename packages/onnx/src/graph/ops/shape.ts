import { numberAt } from '../../tensor/index.ts'
import { int, ints } from '../attribute.ts'
import type { DType } from '../../tensor/dtype.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Graph, Operand, Value } from '../graph.ts'
import {
  dimOf,
  emit,
  emitMany,
  graphOf,
  intVector,
  reject,
  requireAxis,
  requireSameDType,
  shapeValue,
} from '../operator.ts'
import { reshapePlan } from '../reshape-plan.ts'
import { addDims, addToDim, broadcastShapes, scaleDim, showShape, unifyDims, type Dim, type Shape } from '../shape.ts'

/** The same elements in another shape; one dimension may be -1 (inferred). Symbolic dimensions may appear anywhere. */
export function reshape(x: Value, shape: Shape): Value {
  const call = { opType: 'Reshape', operands: { x } }
  const plan = reshapePlan(x.shape, shape)
  if (!plan) {
    reject(call, `expected a shape with as many elements as ${showShape(x.shape)}, got ${showShape(shape)}`)
  }
  const { shape: full, constant } = plan
  const target = constant ? intVector(x.graph, constant) : shapeValue(x.graph, shape)
  return emit({ opType: 'Reshape', operands: { x, shape: target } }, { dtype: x.dtype, shape: full })
}

/** Axes in another order: `order[i]` is the axis of `x` that becomes axis i. Reversed where not given. */
export function transpose(
  x: Value,
  order: readonly number[] = x.shape.map((_, axis) => x.shape.length - 1 - axis),
): Value {
  const call = { opType: 'Transpose', operands: { x } }
  if (order.length !== x.shape.length || new Set(order).size !== order.length) {
    reject(call, `expected each of ${x.shape.length} axes once, got [${order.join(', ')}]`)
  }
  const axes = order.map((axis) => requireAxis(call, axis, x.shape.length))
  return emit(call, { dtype: x.dtype, shape: axes.map((axis) => dimOf(x, axis)) }, { perm: ints(axes) })
}

/** Values one after another along an axis. */
export function concat(parts: readonly Value[], axis: number): Value {
  const call = { opType: 'Concat', operands: Object.fromEntries(parts.map((part, index) => [`part${index}`, part])) }
  const dtype = requireSameDType(call)
  const rank = parts[0]?.shape.length ?? 0
  const own = requireAxis(call, axis, rank)
  const shape = parts
    .map((part) => part.shape)
    .reduce((left, right) => {
      if (right.length !== rank) reject(call, `expected parts of rank ${rank}, got rank ${right.length}`)
      return left.map((dim, index) => {
        const other = right[index] ?? 1
        if (index === own) return addDims(dim, other)
        return (
          unifyDims(dim, other) ??
          reject(call, `expected parts equal but on axis ${own}, got ${dim} and ${other} on axis ${index}`)
        )
      })
    })
  return emit(call, { dtype, shape }, { axis: int(own) })
}

/** Cuts along an axis into parts of the given lengths, which must add up to the whole; some may be symbolic. */
export function split(x: Value, lengths: readonly Dim[], axis: number): readonly Value[] {
  const call = { opType: 'Split', operands: { x, lengths: shapeValue(x.graph, lengths) } }
  const own = requireAxis(call, axis, x.shape.length)
  const total = lengths.reduce(addDims, 0)
  if (typeof total === 'number' && unifyDims(dimOf(x, own), total) === undefined) {
    reject(call, `expected lengths that add up to ${dimOf(x, own)} on axis ${own}, got ${lengths.join(' + ')}`)
  }
  const outputs = lengths.map((length) => ({
    dtype: x.dtype,
    shape: x.shape.map((dim, index) => (index === own ? length : dim)),
  }))
  return emitMany(call, outputs, { axis: int(own) })
}

/** Cuts along an axis into equal parts. */
export function chunk(x: Value, count: number, axis: number): readonly Value[] {
  const whole = dimOf(x, axis)
  if (typeof whole !== 'number' || whole % count !== 0) {
    reject({ opType: 'Split', operands: { x } }, `expected axis ${axis} to divide into ${count} parts, got ${whole}`)
  }
  return split(
    x,
    Array.from({ length: count }, () => whole / count),
    axis,
  )
}

/** Elements `start` up to (not including) `end` of an axis; negative ones count from the end. */
export function slice(x: Value, axis: number, start: number, end: number = Number.MAX_SAFE_INTEGER, step = 1): Value {
  const call = { opType: 'Slice', operands: { x } }
  const own = requireAxis(call, axis, x.shape.length)
  const length = slicedLength(dimOf(x, own), start, end, step)
  if (length === undefined) reject(call, `expected whole bounds and a step other than 0 for axis ${own}`)
  const { graph } = x
  const inputs = {
    x,
    starts: intVector(graph, [start]),
    ends: intVector(graph, [end]),
    axes: intVector(graph, [own]),
    steps: intVector(graph, [step]),
  }
  const shape = x.shape.map((dim, index) => (index === own ? length : dim))
  return emit({ opType: 'Slice', operands: inputs }, { dtype: x.dtype, shape })
}

/** The first elements of an axis, as many as a dimension that is known at run time. */
export function take(x: Value, axis: number, count: Dim): Value {
  const call = { opType: 'Slice', operands: { x } }
  const own = requireAxis(call, axis, x.shape.length)
  const { graph } = x
  const operands = {
    x,
    starts: intVector(graph, [0]),
    ends: graph.dimValue(count),
    axes: intVector(graph, [own]),
  }
  const shape = x.shape.map((dim, index) => (index === own ? count : dim))
  return emit({ opType: 'Slice', operands }, { dtype: x.dtype, shape })
}

/** Without the given axes, which must have length 1. */
export function squeeze(x: Value, axes: readonly number[]): Value {
  const call = { opType: 'Squeeze', operands: { x, axes: intVector(x.graph, axes) } }
  const own = axes.map((axis) => requireAxis(call, axis, x.shape.length))
  for (const axis of own) {
    if (unifyDims(dimOf(x, axis), 1) === undefined)
      reject(call, `expected axis ${axis} of length 1, got ${dimOf(x, axis)}`)
  }
  return emit(call, { dtype: x.dtype, shape: x.shape.filter((_, axis) => !own.includes(axis)) })
}

/** With axes of length 1 at the given places of the result. */
export function unsqueeze(x: Value, axes: readonly number[]): Value {
  const call = { opType: 'Unsqueeze', operands: { x, axes: intVector(x.graph, axes) } }
  const rank = x.shape.length + axes.length
  const own = axes.map((axis) => requireAxis(call, axis, rank))
  const rest = [...x.shape]
  const shape = Array.from({ length: rank }, (_, axis): Dim => (own.includes(axis) ? 1 : (rest.shift() ?? 1)))
  return emit(call, { dtype: x.dtype, shape })
}

/** Repeats axes of length 1 until the shape is this one (numpy broadcasting). */
export function expand(x: Value, shape: Shape): Value {
  const call = { opType: 'Expand', operands: { x } }
  const result = broadcastShapes(x.shape, shape)
  if (!result) reject(call, `expected a shape that ${showShape(x.shape)} broadcasts to, got ${showShape(shape)}`)
  return emit(
    { opType: 'Expand', operands: { x, shape: shapeValue(x.graph, shape) } },
    { dtype: x.dtype, shape: result },
  )
}

/** The whole, repeated along each axis. */
export function tile(x: Value, repeats: readonly number[]): Value {
  const call = { opType: 'Tile', operands: { x, repeats: intVector(x.graph, repeats) } }
  if (repeats.length !== x.shape.length) reject(call, `expected ${x.shape.length} repeats, got ${repeats.length}`)
  return emit(call, { dtype: x.dtype, shape: x.shape.map((dim, axis) => scaleDim(dim, repeats[axis] ?? 1)) })
}

export type PadMode = 'constant' | 'reflect' | 'edge'

/** Widens (or, where negative, narrows) axes: `before` and `after` have one number an axis. */
export function pad(
  x: Value,
  before: readonly number[],
  after: readonly number[],
  { mode = 'constant', value }: { readonly mode?: PadMode; readonly value?: Operand } = {},
): Value {
  const own = { opType: 'Pad', operands: { x } }
  if (before.length !== x.shape.length || after.length !== x.shape.length) {
    reject(own, `expected ${x.shape.length} numbers before and after, got ${before.length} and ${after.length}`)
  }
  const filler = typeof value === 'number' ? x.graph.scalar(x.dtype, value) : value
  const call = { opType: 'Pad', operands: { x, pads: intVector(x.graph, [...before, ...after]), filler } }
  const shape = x.shape.map((dim, axis) => addToDim(dim, numberAt(before, axis) + numberAt(after, axis)))
  return emit(call, { dtype: x.dtype, shape }, { mode: { type: 'string', value: mode } })
}

/** The upper (or lower) triangle of the last two axes; the rest is 0. `diagonal` shifts it to the right. */
export function trilu(x: Value, { upper = true, diagonal = 0 }: { upper?: boolean; diagonal?: number } = {}): Value {
  const call = { opType: 'Trilu', operands: { x, diagonal: x.graph.scalar('int64', diagonal) } }
  return emit(call, x, { upper: int(upper ? 1 : 0) })
}

/** The shape of `x` as an int64 vector, when the graph runs. */
export function shape(x: Value): Value {
  return emit({ opType: 'Shape', operands: { x } }, { dtype: 'int64', shape: [x.shape.length] })
}

/** A tensor of one value everywhere. */
export function full(graph: Graph, dtype: DType, dims: Shape, value: number): Value {
  const source = graph.scalar(dtype, value)
  const target = shapeValue(graph, dims)
  return emit({ opType: 'Expand', operands: { x: source, shape: target } }, { dtype, shape: dims })
}

/** 0, 1, … up to (not including) a dimension, as int64; put together at run time where the dimension is symbolic. */
export function range(graph: Graph, length: Dim): Value {
  if (typeof length === 'number') {
    const data = BigInt64Array.from({ length }, (_, index) => BigInt(index))
    const tensor: Tensor<'int64'> = { dtype: 'int64', shape: [length], data }
    return graph.constant(tensor)
  }
  const limit = squeeze(graph.dimValue(length), [0])
  const call = {
    opType: 'Range',
    operands: { start: graph.scalar('int64', 0), limit, delta: graph.scalar('int64', 1) },
  }
  graphOf(call)
  return emit(call, { dtype: 'int64', shape: [length] })
}

/** 0, 1, … up to (not including) an int64 scalar that is known at run time; `dim` names its length. */
export function rangeTo(limit: Value, dim: string): Value {
  const { graph } = limit
  const operands = { start: graph.scalar('int64', 0), limit, delta: graph.scalar('int64', 1) }
  return emit({ opType: 'Range', operands }, { dtype: 'int64', shape: [dim] })
}

function slicedLength(dim: Dim, start: number, end: number, step: number): Dim | undefined {
  if (!Number.isInteger(start) || !Number.isInteger(end) || !Number.isInteger(step) || step === 0) return undefined
  if (typeof dim === 'string') {
    if (step === 1 && start >= 0 && end === Number.MAX_SAFE_INTEGER) return addToDim(dim, -start)
    if (step === 1 && start >= 0 && end >= start) return end - start
    if (step === 1 && start < 0 && end === Number.MAX_SAFE_INTEGER) return -start
    if (step === 1 && start >= 0 && end < 0) return addToDim(dim, end - start)
    return `slice(${dim},${start},${end},${step})`
  }
  const low = step > 0 ? 0 : -1
  const high = step > 0 ? dim : dim - 1
  const bound = (index: number): number => Math.min(high, Math.max(low, index < 0 ? index + dim : index))
  return Math.max(0, Math.ceil((bound(end) - bound(start)) / step))
}
