import { int, text } from '../attribute.ts'
import { dimOf, emit, reject, requireAxis, requireSameDType, type Call } from '../operator.ts'
import { shapesMatch, showShape, type Dim } from '../shape.ts'
import type { Operand, Value } from '../graph.ts'

/** Takes slices of an axis by number: `x.shape[:axis] + indices.shape + x.shape[axis + 1:]`. */
export function gather(x: Value, indices: Value, axis = 0): Value {
  const call = { opType: 'Gather', operands: { x, indices } }
  requireIndices(call, indices)
  const own = requireAxis(call, axis, x.shape.length)
  const shape = [...x.shape.slice(0, own), ...indices.shape, ...x.shape.slice(own + 1)]
  return emit(call, { dtype: x.dtype, shape }, { axis: int(own) })
}

/** Takes single elements: `out[i][j] = x[i][indices[i][j]]` for axis 1. */
export function gatherElements(x: Value, indices: Value, axis: number): Value {
  const call = { opType: 'GatherElements', operands: { x, indices } }
  requireIndices(call, indices)
  const own = requireAxis(call, axis, x.shape.length)
  if (indices.shape.length !== x.shape.length) reject(call, `expected indices of rank ${x.shape.length}`)
  return emit(call, { dtype: x.dtype, shape: indices.shape }, { axis: int(own) })
}

/**
 * Takes slices by coordinates: the last axis of `indices` (int64) holds one coordinate for each leading axis of `x`.
 */
export function gatherND(x: Value, indices: Value): Value {
  const call = { opType: 'GatherND', operands: { x, indices } }
  const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(coordinates(call, x, indices))]
  return emit(call, { dtype: x.dtype, shape })
}

export type ScatterReduction = 'none' | 'add' | 'mul' | 'max' | 'min'

/** A copy of `x` in which the slices at the coordinates are replaced by, or combined with, the updates. */
export function scatterND(x: Value, indices: Value, updates: Value, reduction: ScatterReduction = 'none'): Value {
  const call = { opType: 'ScatterND', operands: { x, indices, updates } }
  requireSameDType({ opType: 'ScatterND', operands: { x, updates } })
  const expected = [...indices.shape.slice(0, -1), ...x.shape.slice(coordinates(call, x, indices))]
  if (!shapesMatch(expected, updates.shape)) reject(call, `expected updates of shape ${showShape(expected)}`)
  return emit(call, x, reduction === 'none' ? {} : { reduction: text(reduction) })
}

/** A copy of `x` in which single elements are replaced by, or combined with, the updates. */
export function scatterElements(
  x: Value,
  indices: Value,
  updates: Value,
  { axis = 0, reduction = 'none' }: { readonly axis?: number; readonly reduction?: ScatterReduction } = {},
): Value {
  const call = { opType: 'ScatterElements', operands: { x, indices, updates } }
  requireIndices(call, indices)
  requireSameDType({ opType: 'ScatterElements', operands: { x, updates } })
  const own = requireAxis(call, axis, x.shape.length)
  if (!shapesMatch(indices.shape, updates.shape)) reject(call, 'expected updates of the shape of indices')
  const how = reduction === 'none' ? {} : { reduction: text(reduction) }
  return emit(call, x, { axis: int(own), ...how })
}

/** Rows of 0 with a 1 at each index: `indices.shape + [depth]`. */
export function oneHot(indices: Value, depth: number, on: Operand = 1, off: Operand = 0): Value {
  const { graph } = indices
  const values = graph.constant({ dtype: 'float32', shape: [2], data: Float32Array.of(Number(off), Number(on)) })
  const call = { opType: 'OneHot', operands: { indices, depth: graph.scalar('int64', depth), values } }
  if (indices.shape.length === 0) reject(call, 'expected indices of rank 1 or more')
  return emit(call, { dtype: 'float32', shape: [...indices.shape, depth] }, { axis: int(-1) })
}

function requireIndices(call: Call, indices: Value): void {
  if (indices.dtype !== 'int64' && indices.dtype !== 'int32') {
    reject(call, `expected indices of dtype int64 or int32, got ${indices.dtype}`)
  }
}

function coordinates(call: Call, x: Value, indices: Value): number {
  if (indices.dtype !== 'int64') reject(call, `expected indices of dtype int64, got ${indices.dtype}`)
  const count: Dim = dimOf(indices, -1)
  if (typeof count !== 'number' || count < 1 || count > x.shape.length) {
    reject(call, `expected 1 to ${x.shape.length} coordinates on the last axis of indices, got ${count}`)
  }
  return count
}
