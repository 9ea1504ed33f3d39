import { flag, float } from '../attribute.ts'
import {
  dimOf,
  emit,
  microsoft,
  reject,
  requireEqualDims,
  requireRank,
  requireSameDType,
  type Call,
} from '../operator.ts'
import { broadcastShapes, showShape, type Dim, type Shape } from '../shape.ts'
import type { Value } from '../graph.ts'

/**
 * The matrix product over the last two axes; the axes before them broadcast. A vector operand is a row (a) or column
 * (b).
 */
export function matMul(a: Value, b: Value): Value {
  const call = { opType: 'MatMul', operands: { a, b } }
  const dtype = requireSameDType(call)
  return emit(call, { dtype, shape: productShape(call, a.shape, b.shape) })
}

/**
 * ONNX Runtime's `alpha · op(a) · op(b)`, where `op` transposes the last two axes if asked: reads a torch weight
 * `[out, in]` as it lies.
 */
export function fusedMatMul(
  a: Value,
  b: Value,
  {
    transA = false,
    transB = false,
    alpha = 1,
  }: { readonly transA?: boolean; readonly transB?: boolean; readonly alpha?: number } = {},
): Value {
  const call = { opType: 'FusedMatMul', operands: { a, b } }
  const dtype = requireSameDType(call)
  if (a.shape.length < 2 || b.shape.length < 2) reject(call, 'expected operands of rank 2 or more')
  const turned = (shape: Shape, transposed: boolean): Shape =>
    transposed ? [...shape.slice(0, -2), dimAt(shape, -1), dimAt(shape, -2)] : shape
  const shape = productShape(call, turned(a.shape, transA), turned(b.shape, transB))
  const attributes = { transA: flag(transA), transB: flag(transB), alpha: float(alpha) }
  return emit(call, { dtype, shape }, attributes, microsoft)
}

/** `alpha · op(a) · op(b) + beta · c` for matrices; `c` broadcasts to the product. */
export function gemm(
  a: Value,
  b: Value,
  c?: Value,
  {
    transA = false,
    transB = false,
    alpha = 1,
    beta = 1,
  }: { readonly transA?: boolean; readonly transB?: boolean; readonly alpha?: number; readonly beta?: number } = {},
): Value {
  const call = { opType: 'Gemm', operands: { a, b, c } }
  const dtype = requireSameDType(call)
  requireRank(call, 'a', 2)
  requireRank(call, 'b', 2)
  const [rows, inner] = transA ? [dimOf(a, 1), dimOf(a, 0)] : [dimOf(a, 0), dimOf(a, 1)]
  const [innerOfB, columns] = transB ? [dimOf(b, 1), dimOf(b, 0)] : [dimOf(b, 0), dimOf(b, 1)]
  requireEqualDims(call, `the ${transB ? 'columns' : 'rows'} of b`, inner, innerOfB)
  const shape = [rows, columns]
  if (c && broadcastShapes(shape, c.shape)?.length !== 2) {
    reject(call, `expected c to broadcast to ${showShape(shape)}, got ${showShape(c.shape)}`)
  }
  const attributes = { transA: flag(transA), transB: flag(transB), alpha: float(alpha), beta: float(beta) }
  return emit(call, { dtype, shape }, attributes)
}

function productShape(call: Call, a: Shape, b: Shape): Shape {
  if (a.length === 0 || b.length === 0) reject(call, 'expected operands of rank 1 or more')
  const left = a.length === 1 ? [1, ...a] : a
  const right = b.length === 1 ? [...b, 1] : b
  requireEqualDims(call, 'the rows of b (the columns of a)', dimAt(left, -1), dimAt(right, -2))
  const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2))
  if (!batch) reject(call, 'expected leading axes that broadcast')
  return [...batch, ...(a.length === 1 ? [] : [dimAt(left, -2)]), ...(b.length === 1 ? [] : [dimAt(right, -1)])]
}

function dimAt(shape: Shape, axis: number): Dim {
  return shape.at(axis) ?? 1
}
