import { numberAt } from '../../tensor/index.ts'
import { GraphError } from '../../graph/graph-error.ts'
import { dimOf, staticDimOf } from '../../graph/operator.ts'
import * as ops from '../../graph/ops/index.ts'
import { multiplyDims } from '../../graph/shape.ts'
import type { GraphNode, Value } from '../../graph/graph.ts'
import { constantInts, intAttribute, intsAttribute, textAttribute, type GradientRule } from '../rule.ts'

interface Geometry {
  readonly rank: number
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly groups: number
}

function geometryOf(node: GraphNode): Geometry {
  const strides = intsAttribute(node, 'strides')
  const pads = intsAttribute(node, 'pads')
  const rank = strides.length
  const dilations = intsAttribute(node, 'dilations')
  return {
    rank,
    strides,
    dilations: dilations.length === rank ? dilations : strides.map(() => 1),
    before: pads.slice(0, rank),
    after: pads.slice(rank),
    groups: intAttribute(node, 'group', 1),
  }
}

const at = (numbers: readonly number[], axis: number): number => numberAt(numbers, axis)
const swapFirst = (x: Value): Value => ops.transpose(x, [1, 0, ...[...x.shape.keys()].slice(2)])

/**
 * The weight of a convolution from `wide` (the larger image) to `narrow`: images and channels change places, and stride
 * and dilation as well, so that each tap becomes one output pixel.
 */
function weightGradient(wide: Value, narrow: Value, weight: Value, geometry: Geometry): Value {
  const { groups, rank, strides, dilations, before, after } = geometry
  if (groups > 1) {
    const [wides, narrows] = [ops.chunk(wide, groups, 1), ops.chunk(narrow, groups, 1)]
    const shares = ops.chunk(weight, groups, 0)
    const one = { ...geometry, groups: 1 }
    return ops.concat(
      wides.map((part, group) => weightGradient(part, narrows[group] ?? narrow, shares[group] ?? weight, one)),
      0,
    )
  }
  const full = ops.conv(swapFirst(wide), swapFirst(narrow), undefined, {
    stride: dilations,
    dilation: strides,
    padding: [...before, ...after],
  })
  const taps = Array.from({ length: rank }, (_, axis) => axis).reduce((value, axis) => {
    const size = staticDimOf(weight, axis + 2)
    return dimOf(value, axis + 2) === size ? value : ops.slice(value, axis + 2, 0, size)
  }, full)
  return swapFirst(taps)
}

const convRule: GradientRule = ({ node, g, input }) => {
  const [x, weight] = [input(0), input(1)]
  const geometry = geometryOf(node)
  const { strides, dilations, before, after, groups, rank } = geometry
  // What lies behind the last window has no gradient but that of windows which reach over it.
  const outputPadding = Array.from({ length: rank }, (_, axis) => {
    const [wide, narrow] = [staticDimOf(x, axis + 2), staticDimOf(g, axis + 2)]
    const covered = (narrow - 1) * at(strides, axis) + at(dilations, axis) * (staticDimOf(weight, axis + 2) - 1) + 1
    return wide - (covered - at(before, axis) - at(after, axis))
  })
  const padding = [...before, ...after]
  const dx = ops.convTranspose(g, weight, undefined, {
    stride: strides,
    dilation: dilations,
    padding,
    outputPadding,
    groups,
  })
  return [dx, weightGradient(x, g, weight, geometry), biasGradient(node, g)]
}

const convTransposeRule: GradientRule = ({ node, g, input }) => {
  const [x, weight] = [input(0), input(1)]
  const geometry = geometryOf(node)
  const { strides, dilations, before, after, groups } = geometry
  const back = ops.conv(g, weight, undefined, {
    stride: strides,
    dilation: dilations,
    padding: [...before, ...after],
    groups,
  })
  const dx = x.shape.reduce<Value>(
    (value, dim, axis) => (axis > 1 && dimOf(value, axis) !== dim ? ops.slice(value, axis, 0, Number(dim)) : value),
    back,
  )
  return [dx, weightGradient(g, x, weight, geometry), biasGradient(node, g)]
}

function biasGradient(node: GraphNode, g: Value): Value | undefined {
  const spatial = [...g.shape.keys()].slice(2)
  return node.inputs[2] && ops.reduceSum(g, { axes: [0, ...spatial], keepDims: false })
}

/**
 * Each pixel of a window has an equal share. Windows must lie side by side, or a depthwise transposed convolution adds
 * them.
 */
const averagePoolRule: GradientRule = ({ node, g, input }) => {
  const x = input(0)
  const kernel = intsAttribute(node, 'kernel_shape')
  const { strides, before, after } = geometryOf(node)
  const area = kernel.reduce((product, size) => product * size, 1)
  const padded = [...before, ...after].some((amount) => amount > 0)
  if (padded && intAttribute(node, 'count_include_pad', 0) === 0) {
    throw new GraphError(`${node.name}: average pooling with padding has a gradient only with countIncludePad`)
  }
  const channels = staticDimOf(x, 1)
  const ones = ops.full(x.graph, x.dtype, [channels, 1, ...kernel], 1 / area)
  const outputPadding = kernel.map((size, axis) => {
    const covered = (staticDimOf(g, axis + 2) - 1) * at(strides, axis) + size - at(before, axis) - at(after, axis)
    return staticDimOf(x, axis + 2) - covered
  })
  const padding = [...before, ...after]
  return [ops.convTranspose(g, ones, undefined, { stride: strides, padding, outputPadding, groups: channels })]
}

/** The second output of MaxPool says where each maximum was: it takes the gradient. */
const maxPoolRule: GradientRule = ({ node, g, input }) => {
  const x = input(0)
  const outputs = [g, { dtype: 'int64' as const, shape: g.shape }]
  const [, places = g] = x.graph.add({ ...node, inputs: [x], outputs })
  const flat = ops.reshape(ops.full(x.graph, x.dtype, x.shape, 0), [-1])
  const indices = ops.reshape(places, [-1])
  return [ops.reshape(ops.scatterElements(flat, indices, ops.reshape(g, [-1]), { reduction: 'add' }), x.shape)]
}

const globalAverageRule: GradientRule = ({ g, input }) => {
  const { shape } = input(0)
  const area = multiplyDims(shape.slice(2))
  if (typeof area !== 'number')
    throw new GraphError('GlobalAveragePool has a gradient only for sizes known while building')
  return [ops.expand(ops.mul(g, 1 / area), shape)]
}

/** The transpose of repeating pixels sums each block: an average pool times its area. */
const resizeRule: GradientRule = ({ node, g, input }) => {
  const x = input(0)
  const scales = scalesOf(node, x)
  if (textAttribute(node, 'mode', 'nearest') !== 'nearest' || !scales.every((scale) => Number.isInteger(scale))) {
    throw new GraphError(`${node.name}: resizing has a gradient for mode "nearest" and whole factors only`)
  }
  const area = scales.reduce((product, scale) => product * scale, 1)
  return [ops.mul(ops.averagePool(g, { kernel: scales }), area)]
}

function scalesOf(node: GraphNode, x: Value): readonly number[] {
  return (constantInts(node, 2) ?? []).slice(2, x.shape.length)
}

export const convolutionRules: Readonly<Record<string, GradientRule>> = {
  Conv: convRule,
  ConvTranspose: convTransposeRule,
  AveragePool: averagePoolRule,
  MaxPool: maxPoolRule,
  GlobalAveragePool: globalAverageRule,
  Resize: resizeRule,
}
