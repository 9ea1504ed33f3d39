import { float, int } from '../attribute.ts'
import {
  dimOf,
  emit,
  reject,
  requireAxis,
  requireEqualDims,
  requireFloat,
  requireSameDType,
  staticDimOf,
} from '../operator.ts'
import { shapesMatch, showShape } from '../shape.ts'
import type { Value } from '../graph.ts'

/** Ba et al. (2016): zero mean and unit variance over the axes from `axis`, then scale and bias of their shape. */
export function layerNormalization(
  x: Value,
  scale: Value,
  bias?: Value,
  { axis = -1, epsilon = 1e-5 }: { readonly axis?: number; readonly epsilon?: number } = {},
): Value {
  const call = { opType: 'LayerNormalization', operands: { x, scale, bias } }
  requireSameDType(call)
  const own = requireAxis(call, axis, x.shape.length)
  const expected = x.shape.slice(own)
  if (!shapesMatch(expected, scale.shape)) reject(call, `expected scale of shape ${showShape(expected)}`)
  if (bias && !shapesMatch(expected, bias.shape)) reject(call, `expected bias of shape ${showShape(expected)}`)
  return emit(call, x, { axis: int(own), epsilon: float(epsilon) })
}

/** Zhang & Sennrich (2019): `x / √(mean(x²) + ε) · scale` over the last axis; of operator set 23. */
export function rmsNormalization(x: Value, scale: Value, { epsilon = 1e-6 } = {}): Value {
  const call = { opType: 'RMSNormalization', operands: { x, scale } }
  requireSameDType(call)
  requireEqualDims(call, 'the length of scale', dimOf(x, -1), dimOf(scale, 0))
  x.graph.requireOpset(23)
  return emit(call, x, { axis: int(-1), epsilon: float(epsilon) })
}

/** Zero mean and unit variance of each channel of each instance of `[n, c, …]`, then scale and bias `[c]`. */
export function instanceNormalization(x: Value, scale: Value, bias: Value, epsilon = 1e-5): Value {
  const call = { opType: 'InstanceNormalization', operands: { x, scale, bias } }
  requireSameDType(call)
  if (x.shape.length < 3) reject(call, `expected x of rank 3 or more ([n, c, …]), got rank ${x.shape.length}`)
  requireEqualDims(call, 'the length of scale (channels)', dimOf(x, 1), dimOf(scale, 0))
  requireEqualDims(call, 'the length of bias (channels)', dimOf(x, 1), dimOf(bias, 0))
  return emit(call, x, { epsilon: float(epsilon) })
}

/** Wu & He (2018): groups of channels with zero mean and unit variance, then scale and bias `[c]`. */
export function groupNormalization(x: Value, scale: Value, bias: Value, groups: number, epsilon = 1e-5): Value {
  const call = { opType: 'GroupNormalization', operands: { x, scale, bias } }
  requireSameDType(call)
  const channels = staticDimOf(x, 1)
  if (channels % groups !== 0) reject(call, `expected ${channels} channels to divide into ${groups} groups`)
  requireEqualDims(call, 'the length of scale (channels)', channels, dimOf(scale, 0))
  requireEqualDims(call, 'the length of bias (channels)', channels, dimOf(bias, 0))
  return emit(call, x, { num_groups: int(groups), epsilon: float(epsilon) })
}

/** Batch normalisation with fixed statistics: `(x − mean) / √(variance + ε) · scale + bias`, each `[c]`. */
export function batchNormalization(
  x: Value,
  { scale, bias, mean, variance }: Readonly<Record<'scale' | 'bias' | 'mean' | 'variance', Value>>,
  epsilon = 1e-5,
): Value {
  const call = { opType: 'BatchNormalization', operands: { x, scale, bias, mean, variance } }
  requireFloat(call, x)
  for (const each of [scale, bias, mean, variance]) {
    requireEqualDims(call, 'the length of scale, bias, mean and variance (channels)', dimOf(x, 1), dimOf(each, 0))
  }
  return emit(call, x, { epsilon: float(epsilon) })
}
