import * as ops from '../graph/ops/index.ts'
import { dimOf, staticDimOf } from '../graph/operator.ts'
import type { Value } from '../graph/graph.ts'
import type { Scope } from './scope.ts'

export interface LinearOptions {
  /** Width of the result. */
  readonly out: number
  /** Default true. */
  readonly bias?: boolean
}

/**
 * `x · weightᵀ + bias` over the last axis; parameters `weight` `[out, in]` and `bias` `[out]`, as torch keeps
 * them.
 */
export function linear(scope: Scope, x: Value, { out, bias = true }: LinearOptions): Value {
  const width = staticDimOf(x, -1)
  return scope.build(() => {
    const weight = scope.parameter('weight', [out, width])
    const offset = bias ? scope.parameter('bias', [out]) : undefined
    const rows = x.shape.length === 2 ? x : ops.reshape(x, [-1, width])
    const product = ops.gemm(rows, weight, offset, { transB: true })
    if (x.shape.length === 2) return product
    return ops.reshape(product, [...x.shape.slice(0, -1), out])
  })
}

/** A table of `count` rows of `width` numbers, parameter `weight`: int ids `[…]` → `[…, width]`. */
export function embedding(scope: Scope, ids: Value, { count, width }: { count: number; width: number }): Value {
  return scope.build(() => ops.gather(scope.parameter('weight', [count, width]), ids))
}

export interface TimestepEmbeddingOptions {
  readonly width: number
  /** Cosines first, as Stable Diffusion has it. Default false: sines first. */
  readonly cosFirst?: boolean
  /** Taken off the number of frequencies in the exponent: 0 in Stable Diffusion, 1 in Ho et al. */
  readonly frequencyShift?: number
  readonly maxPeriod?: number
}

/** Sinusoids of the timestep (Vaswani et al. 2017, section 3.5; Ho et al. 2020): float `[n]` → `[n, width]`. */
export function timestepEmbedding(
  timesteps: Value,
  { width, cosFirst = false, frequencyShift = 0, maxPeriod = 10000 }: TimestepEmbeddingOptions,
): Value {
  const half = Math.floor(width / 2)
  const frequencies = Float32Array.from({ length: half }, (_, index) =>
    Math.exp((-Math.log(maxPeriod) * index) / (half - frequencyShift)),
  )
  const constant = timesteps.graph.constant({ dtype: 'float32', shape: [1, half], data: frequencies })
  const angles = ops.mul(ops.unsqueeze(ops.cast(timesteps, 'float32'), [1]), constant)
  const waves = cosFirst ? [ops.cos(angles), ops.sin(angles)] : [ops.sin(angles), ops.cos(angles)]
  const both = ops.concat(waves, 1)
  return width % 2 === 0 ? both : ops.pad(both, [0, 0], [0, 1])
}

/** Two linear layers with SiLU between them, named `linear_1` and `linear_2` (diffusers' TimestepEmbedding). */
export function timestepMlp(
  scope: Scope,
  x: Value,
  { width, out = width, bias = true }: { readonly width: number; readonly out?: number; readonly bias?: boolean },
): Value {
  return linear(scope.at('linear_2'), silu(linear(scope.at('linear_1'), x, { out: width, bias })), { out, bias })
}

/** `x · σ(x)` (Elfwing et al. 2017). */
export function silu(x: Value): Value {
  const s = ops.sigmoid(x)
  const y = ops.mul(x, s)
  // y′ = s + y·(1 − s): fewer operations than the rules of its parts.
  return x.graph.defineGradient(y, [x], (g) => [ops.mul(g, ops.add(s, ops.mul(y, ops.sub(1, s))))])
}

/** `x · σ(1.702·x)`, OpenAI CLIP's approximation of GELU. */
export const quickGelu = (x: Value): Value => ops.mul(x, ops.sigmoid(ops.mul(x, 1.702)))

/** A linear layer `proj` to twice the width, one half gated by GELU of the other (Shazeer 2020). */
export function geglu(scope: Scope, x: Value, { out }: { out: number }): Value {
  const [content = x, gate = x] = ops.chunk(linear(scope.at('proj'), x, { out: 2 * out }), 2, -1)
  return ops.mul(content, ops.gelu(gate))
}

export type Activation = 'silu' | 'gelu' | 'gelu-tanh' | 'quick-gelu' | 'relu' | 'mish' | 'tanh'

/** The activation of this name. */
export function activate(name: Activation, x: Value): Value {
  switch (name) {
    case 'silu':
      return silu(x)
    case 'gelu':
      return ops.gelu(x)
    case 'gelu-tanh':
      return ops.gelu(x, 'tanh')
    case 'quick-gelu':
      return quickGelu(x)
    case 'relu':
      return ops.relu(x)
    case 'mish':
      return ops.mish(x)
    case 'tanh':
      return ops.tanh(x)
  }
}

/** The parts of a sequence's shape that attention needs. */
export function sequenceShape(x: Value) {
  return { batch: dimOf(x, 0), length: dimOf(x, 1), width: staticDimOf(x, 2) }
}
