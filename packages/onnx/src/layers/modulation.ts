import * as ops from '../graph/ops/index.ts'
import { staticDimOf } from '../graph/operator.ts'
import { tensorOf } from '../tensor/tensor.ts'
import type { Value } from '../graph/graph.ts'
import { linear, silu } from './linear.ts'
import type { Scope } from './scope.ts'

/** Ba et al. (2016) over the last axis without parameters: what modulation scales and shifts. */
export function plainLayerNorm(x: Value, { epsilon = 1e-6 } = {}): Value {
  const width = staticDimOf(x, -1)
  const ones = x.graph.sharedConstant(`ones.${width}`, () =>
    tensorOf('float32', [width], new Float32Array(width).fill(1)),
  )
  return ops.layerNormalization(x, ops.cast(ones, x.dtype), undefined, { epsilon })
}

/**
 * The numbers that a condition `[n, e]` sets a block with (Peebles & Xie 2023, adaLN): `count` vectors `[n, 1, width]`
 * of one linear layer after SiLU, in the order in which they lie in it.
 */
export function modulation(
  scope: Scope,
  condition: Value,
  { width, count, bias = true, activated = true }: ModulationOptions,
): readonly Value[] {
  const vector = linear(scope, activated ? silu(condition) : condition, { out: count * width, bias })
  return ops.chunk(ops.unsqueeze(vector, [1]), count, 2)
}

export interface ModulationOptions {
  readonly width: number
  readonly count: number
  readonly bias?: boolean
  /** Whether SiLU comes first. Default true. */
  readonly activated?: boolean
}

/** `x · (1 + scale) + shift`; x `[n, s, w]`, scale and shift `[n, 1, w]`. */
export function modulate(x: Value, shift: Value | undefined, scale: Value): Value {
  const scaled = ops.mul(x, ops.add(scale, 1))
  return shift ? ops.add(scaled, shift) : scaled
}

/** `x + gate · change`; gate `[n, 1, w]`. */
export function gated(x: Value, gate: Value, change: Value): Value {
  return ops.add(x, ops.mul(gate, change))
}
