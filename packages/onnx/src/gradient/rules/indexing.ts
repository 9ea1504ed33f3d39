import { GraphError } from '../../graph/graph-error.ts'
import * as ops from '../../graph/ops/index.ts'
import { multiplyDims } from '../../graph/shape.ts'
import type { Value } from '../../graph/graph.ts'
import { intAttribute, textAttribute, type GradientRule } from '../rule.ts'

const zerosLike = (x: Value): Value => ops.full(x.graph, x.dtype, x.shape, 0)

/** Adds what was taken back to where it came from, with the axis brought to the front. */
const gatherRule: GradientRule = ({ node, g, input }) => {
  const [x, indices] = [input(0), input(1)]
  const axis = intAttribute(node, 'axis', 0)
  const rank = x.shape.length
  const taken = [...indices.shape.keys()].map((offset) => axis + offset)
  const others = [...g.shape.keys()].filter((each) => !taken.includes(each))
  const front = axis === 0 ? g : ops.transpose(g, [...taken, ...others])
  const rest = [...x.shape.slice(0, axis), ...x.shape.slice(axis + 1)]
  const count = multiplyDims(indices.shape)
  const updates = ops.reshape(front, typeof count === 'number' ? [count, ...rest] : [-1, ...rest])
  const places = ops.cast(ops.reshape(indices, [-1, 1]), 'int64')
  const target = ops.full(x.graph, x.dtype, [x.shape[axis] ?? 1, ...rest], 0)
  const sum = ops.scatterND(target, places, updates, 'add')
  if (axis === 0) return [sum]
  return [
    ops.transpose(sum, [
      ...Array.from({ length: axis }, (_, i) => i + 1),
      0,
      ...Array.from({ length: rank - axis - 1 }, (_, i) => axis + 1 + i),
    ]),
  ]
}

const gatherElementsRule: GradientRule = ({ node, g, input }) => {
  const [x, indices] = [input(0), input(1)]
  return [ops.scatterElements(zerosLike(x), indices, g, { axis: intAttribute(node, 'axis', 0), reduction: 'add' })]
}

const gatherNDRule: GradientRule = ({ g, input }) => [ops.scatterND(zerosLike(input(0)), input(1), g, 'add')]

const scatterNDRule: GradientRule = ({ node, g, input }) => {
  const [indices, updates] = [input(1), input(2)]
  const reduction = textAttribute(node, 'reduction', 'none')
  const dUpdates = ops.gatherND(g, indices)
  if (reduction === 'add') return [g, undefined, dUpdates]
  if (reduction === 'none') return [ops.scatterND(g, indices, zerosLike(updates)), undefined, dUpdates]
  throw new GraphError(`${node.name}: scattering has a gradient for "none" and "add" only, got "${reduction}"`)
}

const scatterElementsRule: GradientRule = ({ node, g, input }) => {
  const [indices, updates] = [input(1), input(2)]
  const axis = intAttribute(node, 'axis', 0)
  const reduction = textAttribute(node, 'reduction', 'none')
  const dUpdates = ops.gatherElements(g, indices, axis)
  if (reduction === 'add') return [g, undefined, dUpdates]
  if (reduction === 'none') return [ops.scatterElements(g, indices, zerosLike(updates), { axis }), undefined, dUpdates]
  throw new GraphError(`${node.name}: scattering has a gradient for "none" and "add" only, got "${reduction}"`)
}

export const indexingRules: Readonly<Record<string, GradientRule>> = {
  Gather: gatherRule,
  GatherElements: gatherElementsRule,
  GatherND: gatherNDRule,
  ScatterND: scatterNDRule,
  ScatterElements: scatterElementsRule,
  OneHot: () => [],
}
