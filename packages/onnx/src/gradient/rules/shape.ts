import { GraphError } from '../../graph/graph-error.ts'
import { dimOf, staticDimOf } from '../../graph/operator.ts'
import * as ops from '../../graph/ops/index.ts'
import { constantInts, intAttribute, intsAttribute, textAttribute, unbroadcast, type GradientRule } from '../rule.ts'

const toShapeOfInput: GradientRule = ({ g, input }) => [ops.reshape(g, input(0).shape)]

const transposeRule: GradientRule = ({ node, g }) => {
  const order = intsAttribute(node, 'perm')
  return [
    ops.transpose(
      g,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ]
}

const concatRule: GradientRule = ({ node, g }) => {
  const axis = intAttribute(node, 'axis', 0)
  let start = 0
  return node.inputs.map((part) => {
    if (!part) return undefined
    const from = start
    start += staticDimOf(part, axis)
    return ops.slice(g, axis, from, start)
  })
}

const splitRule: GradientRule = ({ node, all }) => {
  const axis = intAttribute(node, 'axis', 0)
  const parts = node.outputs.map((part, index) => all[index] ?? ops.full(part.graph, part.dtype, part.shape, 0))
  return [ops.concat(parts, axis)]
}

/** Zeros where nothing was taken. A step other than 1 would need zeros in between as well. */
const sliceRule: GradientRule = ({ node, g, input }) => {
  const x = input(0)
  const [[start = 0], [end = 0], [axis = 0], [step = 1]] = [1, 2, 3, 4].map(
    (index) => constantInts(node, index) ?? [],
  ) as [readonly number[], readonly number[], readonly number[], readonly number[]]
  const length = staticDimOf(x, axis)
  if (step !== 1) throw new GraphError(`${node.name}: a slice has a gradient for step 1 only, got ${step}`)
  const from = Math.min(length, Math.max(0, start < 0 ? start + length : start))
  const to = Math.min(length, Math.max(0, end < 0 ? end + length : end))
  const zeros = x.shape.map(() => 0)
  return [ops.pad(g, zeros.with(axis, from), zeros.with(axis, length - to))]
}

/** The transpose of zero padding takes the padding off again. */
const padRule: GradientRule = ({ node, g, input }) => {
  if (textAttribute(node, 'mode', 'constant') !== 'constant') {
    throw new GraphError(`${node.name}: padding has a gradient for mode "constant" only`)
  }
  const rank = input(0).shape.length
  const pads = constantInts(node, 1) ?? []
  return [ops.pad(g, pads.slice(0, rank).map(negate), pads.slice(rank).map(negate))]
}

// Not `-n`, which would be -0 for 0.
const negate = (n: number): number => 0 - n

const tileRule: GradientRule = ({ node, g, input }) => {
  const x = input(0)
  const repeats = constantInts(node, 1) ?? []
  const parts = x.shape.flatMap((dim, axis) => [repeats[axis] ?? 1, dim])
  return [ops.reduceSum(ops.reshape(g, parts), { axes: x.shape.map((_, axis) => 2 * axis), keepDims: false })]
}

const triluRule: GradientRule = ({ node, g }) => {
  const [diagonal = 0] = constantInts(node, 1) ?? []
  return [ops.trilu(g, { upper: intAttribute(node, 'upper', 1) === 1, diagonal })]
}

/** Space back to depth, in the order in which it was spread. */
const depthToSpaceRule: GradientRule = ({ node, g, input }) => {
  const x = input(0)
  const block = intAttribute(node, 'blocksize', 1)
  const { mode } = node.attributes
  if (mode?.type === 'string' && mode.value === 'DCR') return [ops.spaceToDepth(g, block)]
  const channels = staticDimOf(x, 1) / (block * block)
  const [batch, height, width] = [dimOf(x, 0), dimOf(x, 2), dimOf(x, 3)]
  const apart = ops.reshape(g, [batch, channels, height, block, width, block])
  return [ops.reshape(ops.transpose(apart, [0, 1, 3, 5, 2, 4]), x.shape)]
}

export const shapeRules: Readonly<Record<string, GradientRule>> = {
  Reshape: toShapeOfInput,
  Squeeze: toShapeOfInput,
  Unsqueeze: toShapeOfInput,
  Transpose: transposeRule,
  Concat: concatRule,
  Split: splitRule,
  Slice: sliceRule,
  Pad: padRule,
  Expand: ({ g, input }) => [unbroadcast(g, input(0).shape)],
  Tile: tileRule,
  Trilu: triluRule,
  DepthToSpace: depthToSpaceRule,
  SpaceToDepth: ({ node, g }) => [ops.depthToSpace(g, intAttribute(node, 'blocksize', 1), 'DCR')],
  Shape: () => [],
}
