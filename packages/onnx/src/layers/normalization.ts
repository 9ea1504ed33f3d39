import * as ops from '../graph/ops/index.ts'
import { staticDimOf } from '../graph/operator.ts'
import { multiplyDims } from '../graph/shape.ts'
import { tensorOf } from '../tensor/tensor.ts'
import { scalarTensor } from '../graph/scalar.ts'
import { GraphError } from '../graph/graph-error.ts'
import type { Value } from '../graph/graph.ts'
import type { FeatureMap } from './feature-map.ts'
import type { Scope } from './scope.ts'

/**
 * Wu & He (2018); parameters `weight` and `bias` `[channels]`. Written as an instance normalisation of each group, the
 * fastest form on the CPU.
 */
export function groupNorm(scope: Scope, x: FeatureMap, { groups = 32, epsilon = 1e-5 } = {}): FeatureMap {
  const { channels } = x
  if (channels % groups !== 0) {
    throw new GraphError(`${scope.prefix}: expected ${channels} channels to divide into ${groups} groups`)
  }
  const { groupNorm: hook } = scope.hooks
  const norm = (map: FeatureMap): FeatureMap => normalizeGroups(scope, map, groups, epsilon)
  return hook ? hook(scope, x, norm) : norm(x)
}

function normalizeGroups(scope: Scope, x: FeatureMap, groups: number, epsilon: number): FeatureMap {
  const { channels } = x
  return scope.build(() => {
    const weight = scope.parameter('weight', [channels])
    const bias = scope.parameter('bias', [channels])
    if (x.layout === 'tokens') return { ...x, value: normalizeTokens(x, { weight, bias, groups, epsilon }) }
    const grouped = ops.reshape(x.value, [x.batch, groups, -1])
    const normal = ops.instanceNormalization(grouped, filled(scope, groups, 1), filled(scope, groups, 0), epsilon)
    const scaled = ops.mul(ops.reshape(normal, x.value.shape), ops.reshape(weight, [channels, 1, 1]))
    return { ...x, value: ops.add(scaled, ops.reshape(bias, [channels, 1, 1])) }
  })
}

/** Ba et al. (2016) over the last axis; parameters `weight` and `bias` `[width]`. */
export function layerNorm(scope: Scope, x: Value, { epsilon = 1e-5, bias = true } = {}): Value {
  const width = staticDimOf(x, -1)
  return scope.build(() => {
    const weight = scope.parameter('weight', [width])
    return ops.layerNormalization(x, weight, bias ? scope.parameter('bias', [width]) : undefined, { epsilon })
  })
}

/** Zhang & Sennrich (2019): `x / √(mean(x²) + ε) · weight` over the last axis; parameter `weight` `[width]`. */
export function rmsNorm(scope: Scope, x: Value, { epsilon = 1e-6 } = {}): Value {
  const width = staticDimOf(x, -1)
  return scope.build(() => {
    if (scope.attention === 'fused') return ops.rmsNormalization(x, scope.parameter('weight', [width]), { epsilon })
    const meanSquare = ops.reduceMean(ops.mul(x, x), { axes: [-1] })
    return ops.mul(ops.div(x, ops.sqrt(ops.add(meanSquare, epsilon))), scope.parameter('weight', [width]))
  })
}

interface GroupNormValues {
  readonly weight: Value
  readonly bias: Value
  readonly groups: number
  readonly epsilon: number
}

/**
 * Group normalisation of rows `[batch·pixels, channels]`: statistics channel by channel first (sums along the rows are
 * fast), then over each group; one multiplication and one addition on the whole.
 */
function normalizeTokens(x: FeatureMap, { weight, bias, groups, epsilon }: GroupNormValues): Value {
  const { batch, channels } = x
  const each = channels / groups
  const images = ops.reshape(x.value, [batch, multiplyDims([x.height, x.width]), channels])
  const overGroup = (perChannel: Value): Value => {
    const mean = ops.reduceMean(ops.reshape(perChannel, [batch, groups, each]), { axes: [2] })
    return ops.reshape(ops.expand(mean, [batch, groups, each]), [batch, 1, channels])
  }
  const overPixels = (value: Value): Value => ops.reduceMean(value, { axes: [1] })
  const centred = ops.sub(images, overGroup(overPixels(images)))
  const variance = overGroup(overPixels(ops.mul(centred, centred)))
  const deviation = ops.reciprocal(ops.sqrt(ops.add(variance, epsilon)))
  const factor = ops.mul(weight, deviation)
  const y = ops.reshape(ops.add(ops.mul(centred, factor), bias), [-1, channels])
  // With n = centred·deviation: dx = deviation·(g·weight − mean(g·weight) − n·mean(g·weight·n)), means
  // over group and pixels.
  return x.value.graph.defineGradient(y, [x.value, weight, bias], (rows) => {
    const g = ops.reshape(rows, images.shape)
    const [mean, projection] = [overPixels(g), ops.mul(overPixels(ops.mul(g, centred)), deviation)]
    const shift = ops.mul(overGroup(ops.mul(mean, weight)), deviation)
    const slope = ops.mul(overGroup(ops.mul(projection, weight)), ops.mul(deviation, deviation))
    const dx = ops.sub(ops.sub(ops.mul(g, factor), ops.mul(centred, slope)), shift)
    const total = (perChannel: Value): Value =>
      ops.mul(ops.reduceSum(perChannel, { axes: [0, 1], keepDims: false }), staticDimOf(images, 1))
    return [ops.reshape(dx, [-1, channels]), total(projection), total(mean)]
  })
}

function filled({ graph, dtype }: Scope, length: number, number: number): Value {
  if (dtype === 'float32') return graph.constant(tensorOf('float32', [length], new Float32Array(length).fill(number)))
  return ops.expand(graph.constant(scalarTensor(dtype, number)), [length])
}
