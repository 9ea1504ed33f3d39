import * as ops from '../../graph/ops/index.ts'
import type { Value } from '../../graph/graph.ts'
import { floatAttribute, intAttribute, unbroadcast, type GradientRule } from '../rule.ts'

const swapLast = (x: Value): Value => {
  const rank = x.shape.length
  return ops.transpose(
    x,
    [...x.shape.keys()].map((axis) => (axis < rank - 2 ? axis : axis === rank - 1 ? rank - 2 : rank - 1)),
  )
}

/** dA = G·Bᵀ, dB = Aᵀ·G; a vector is a row or column for the while. */
const matMulRule: GradientRule = ({ g, input }) => {
  const [a, b] = [input(0), input(1)]
  const left = a.shape.length === 1 ? ops.unsqueeze(a, [0]) : a
  const right = b.shape.length === 1 ? ops.unsqueeze(b, [1]) : b
  const column = b.shape.length === 1 ? ops.unsqueeze(g, [-1]) : g
  const full = a.shape.length === 1 ? ops.unsqueeze(column, [-2]) : column
  const dLeft = unbroadcast(ops.matMul(full, swapLast(right)), left.shape)
  // One matrix for every image of a batch: its gradient sums over the batch, which a product of long matrices does at
  // once.
  const dRight =
    right.shape.length === 2 && left.shape.length > 2
      ? ops.gemm(flatten(left), flatten(full), undefined, { transA: true })
      : unbroadcast(ops.matMul(swapLast(left), full), right.shape)
  return [ops.reshape(dLeft, a.shape), ops.reshape(dRight, b.shape)]
}

const flatten = (x: Value): Value => ops.reshape(x, [-1, x.shape.at(-1) ?? 1])

/** y = α·op(A)·op(B) + β·C */
const gemmRule: GradientRule = ({ node, g, input }) => {
  const [a, b] = [input(0), input(1)]
  const c = node.inputs[2]
  const [transA, transB] = [intAttribute(node, 'transA', 0) === 1, intAttribute(node, 'transB', 0) === 1]
  const alpha = floatAttribute(node, 'alpha', 1)
  const dA = transA
    ? ops.gemm(b, g, undefined, { transA: transB, transB: true, alpha })
    : ops.gemm(g, b, undefined, { transB: !transB, alpha })
  const dB = transB
    ? ops.gemm(g, a, undefined, { transA: true, transB: transA, alpha })
    : ops.gemm(a, g, undefined, { transA: !transA, alpha })
  if (!c) return [dA, dB]
  const beta = floatAttribute(node, 'beta', 1)
  const dC = unbroadcast(g, c.shape)
  return [dA, dB, beta === 1 ? dC : ops.mul(dC, beta)]
}

/** y = α·op(A)·op(B), where op swaps the last two axes. */
const fusedMatMulRule: GradientRule = ({ node, g, input }) => {
  const [a, b] = [input(0), input(1)]
  const [transA, transB] = [intAttribute(node, 'transA', 0) === 1, intAttribute(node, 'transB', 0) === 1]
  const alpha = floatAttribute(node, 'alpha', 1)
  const dA = transA
    ? ops.fusedMatMul(b, g, { transA: transB, transB: true, alpha })
    : ops.fusedMatMul(g, b, { transB: !transB, alpha })
  const dB = transB
    ? ops.fusedMatMul(g, a, { transA: true, transB: transA, alpha })
    : ops.fusedMatMul(a, g, { transA: !transA, alpha })
  return [unbroadcast(dA, a.shape), unbroadcast(dB, b.shape)]
}

export const matrixRules: Readonly<Record<string, GradientRule>> = {
  MatMul: matMulRule,
  Gemm: gemmRule,
  'com.microsoft.FusedMatMul': fusedMatMulRule,
}
