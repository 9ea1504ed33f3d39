import { multiplyDims } from '../../graph/shape.ts'
import * as ops from '../../graph/ops/index.ts'
import type { Value } from '../../graph/graph.ts'
import { constantInts, intAttribute, type GradientRule, type NodeCall } from '../rule.ts'

const axesOf = ({ node, input }: NodeCall): readonly number[] =>
  constantInts(node, 1) ?? input(0).shape.map((_, axis) => axis)

/** A reduced value with its reduced axes put back, so that it broadcasts against the input. */
function kept(call: NodeCall, value: Value): Value {
  if (intAttribute(call.node, 'keepdims', 1) === 1) return value
  return ops.unsqueeze(
    value,
    [...axesOf(call)].sort((a, b) => a - b),
  )
}

const sumRule: GradientRule = (call) => [ops.expand(kept(call, call.g), call.input(0).shape)]

const meanRule: GradientRule = (call) => {
  const x = call.input(0)
  const dims = axesOf(call).map((axis) => x.shape[axis] ?? 1)
  const count = multiplyDims(dims)
  const each =
    typeof count === 'number'
      ? ops.mul(call.g, 1 / count)
      : dims.reduce<Value>((g, dim) => ops.div(g, ops.cast(ops.squeeze(g.graph.dimValue(dim), [0]), g.dtype)), call.g)
  return [ops.expand(kept(call, each), x.shape)]
}

/** The elements that attain the extremum share its gradient. */
const extremumRule: GradientRule = (call) => {
  const x = call.input(0)
  const attained = ops.cast(ops.equal(x, kept(call, call.y)), x.dtype)
  const count = ops.reduceSum(attained, { axes: axesOf(call) })
  return [ops.mul(attained, ops.div(kept(call, call.g), count))]
}

/** y = Σ x²: 2·x; y = √Σ x²: x / y */
const squareRule: GradientRule = (call) => [ops.mul(ops.mul(call.input(0), 2), kept(call, call.g))]
const rootRule: GradientRule = (call) => [ops.mul(call.input(0), kept(call, ops.div(call.g, call.y)))]

/** dx = y·(g − Σ g·y) along the axis */
const softmaxRule: GradientRule = ({ node, g, y }) => {
  const weighted = ops.mul(g, y)
  const total = ops.reduceSum(weighted, { axes: [intAttribute(node, 'axis', -1)] })
  return [ops.sub(weighted, ops.mul(y, total))]
}

/** dx = g − softmax(x)·Σ g along the axis */
const logSoftmaxRule: GradientRule = ({ node, g, y }) => {
  const total = ops.reduceSum(g, { axes: [intAttribute(node, 'axis', -1)] })
  return [ops.sub(g, ops.mul(ops.exp(y), total))]
}

/** The transpose of running sums runs the other way. */
const cumSumRule: GradientRule = ({ node, g }) => {
  const [axis = 0] = constantInts(node, 1) ?? []
  const reverse = intAttribute(node, 'reverse', 0) === 0
  return [ops.cumSum(g, axis, { exclusive: intAttribute(node, 'exclusive', 0) === 1, reverse })]
}

const topKRule: GradientRule = ({ node, g, input }) => {
  const x = input(0)
  const [, indices] = node.outputs
  const zeros = ops.full(x.graph, x.dtype, x.shape, 0)
  return indices
    ? [ops.scatterElements(zeros, indices, g, { axis: intAttribute(node, 'axis', -1), reduction: 'add' })]
    : []
}

export const reductionRules: Readonly<Record<string, GradientRule>> = {
  ReduceSum: sumRule,
  ReduceMean: meanRule,
  ReduceMax: extremumRule,
  ReduceMin: extremumRule,
  ReduceSumSquare: squareRule,
  ReduceL2: rootRule,
  Softmax: softmaxRule,
  LogSoftmax: logSoftmaxRule,
  CumSum: cumSumRule,
  TopK: topKRule,
  ArgMax: () => [],
}
