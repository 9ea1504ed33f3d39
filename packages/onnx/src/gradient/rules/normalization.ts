import * as ops from '../../graph/ops/index.ts'
import { dimOf, staticDimOf } from '../../graph/operator.ts'
import type { Value } from '../../graph/graph.ts'
import { floatAttribute, intAttribute, unbroadcast, type GradientRule } from '../rule.ts'

interface Normal {
  /** The normalised value, before scale and bias. */
  readonly normal: Value
  /** 1 / √(variance + ε), of length 1 on the reduced axes. */
  readonly factor: Value
}

export function normalize(x: Value, axes: readonly number[], epsilon: number): Normal {
  const centred = ops.sub(x, ops.reduceMean(x, { axes }))
  const variance = ops.reduceMean(ops.mul(centred, centred), { axes })
  const factor = ops.reciprocal(ops.sqrt(ops.add(variance, epsilon)))
  return { normal: ops.mul(centred, factor), factor }
}

/** With n the normalised value: dx = (g − mean(g) − n·mean(g·n)) · factor */
function gradientThrough({ normal, factor }: Normal, g: Value, axes: readonly number[]): Value {
  const meanOfGradient = ops.reduceMean(g, { axes })
  const projection = ops.reduceMean(ops.mul(g, normal), { axes })
  return ops.mul(ops.sub(ops.sub(g, meanOfGradient), ops.mul(normal, projection)), factor)
}

const layerRule: GradientRule = ({ node, g, input }) => {
  const [x, scale] = [input(0), input(1)]
  const first = intAttribute(node, 'axis', -1)
  const axes = [...x.shape.keys()].slice(first)
  const parts = normalize(x, axes, floatAttribute(node, 'epsilon', 1e-5))
  const dBias = node.inputs[2] && unbroadcast(g, scale.shape)
  return [gradientThrough(parts, ops.mul(g, scale), axes), unbroadcast(ops.mul(g, parts.normal), scale.shape), dBias]
}

const instanceRule: GradientRule = ({ node, g, input }) => {
  const [x, scale] = [input(0), input(1)]
  const axes = [...x.shape.keys()].slice(2)
  const parts = normalize(x, axes, floatAttribute(node, 'epsilon', 1e-5))
  const perChannel = ops.reshape(scale, [-1, ...axes.map(() => 1)])
  const sum = (value: Value): Value => ops.reduceSum(value, { axes: [0, ...axes], keepDims: false })
  return [gradientThrough(parts, ops.mul(g, perChannel), axes), sum(ops.mul(g, parts.normal)), sum(g)]
}

const groupRule: GradientRule = ({ node, g, input }) => {
  const [x, scale] = [input(0), input(1)]
  const groups = intAttribute(node, 'num_groups', 1)
  const channels = staticDimOf(x, 1)
  const grouped = (value: Value): Value => ops.reshape(value, [dimOf(x, 0), groups, -1])
  const parts = normalize(grouped(x), [2], floatAttribute(node, 'epsilon', 1e-5))
  const spatial = [...x.shape.keys()].slice(2)
  const perChannel = ops.reshape(scale, [channels, ...spatial.map(() => 1)])
  const dx = gradientThrough(parts, grouped(ops.mul(g, perChannel)), [2])
  const sum = (value: Value): Value => ops.reduceSum(value, { axes: [0, ...spatial], keepDims: false })
  return [ops.reshape(dx, x.shape), sum(ops.mul(g, ops.reshape(parts.normal, x.shape))), sum(g)]
}

/** Statistics are fixed: the operator is affine. Mean and variance get no gradient. */
const batchRule: GradientRule = ({ node, g, input }) => {
  const [x, scale, mean, variance] = [input(0), input(1), input(3), input(4)]
  const spatial = [...x.shape.keys()].slice(2)
  const perChannel = (value: Value): Value => ops.reshape(value, [-1, ...spatial.map(() => 1)])
  const factor = ops.reciprocal(ops.sqrt(ops.add(variance, floatAttribute(node, 'epsilon', 1e-5))))
  const normal = ops.mul(ops.sub(x, perChannel(mean)), perChannel(factor))
  const sum = (value: Value): Value => ops.reduceSum(value, { axes: [0, ...spatial], keepDims: false })
  return [ops.mul(g, perChannel(ops.mul(scale, factor))), sum(ops.mul(g, normal)), sum(g)]
}

export const normalizationRules: Readonly<Record<string, GradientRule>> = {
  LayerNormalization: layerRule,
  InstanceNormalization: instanceRule,
  GroupNormalization: groupRule,
  BatchNormalization: batchRule,
}
