import * as ops from '../graph/ops/index.ts'
import { staticDimOf } from '../graph/operator.ts'
import { GraphError } from '../graph/graph-error.ts'
import { float32 } from '../tensor/tensor.ts'
import type { Value } from '../graph/graph.ts'
import { sequenceShape } from './linear.ts'
import type { Scope } from './scope.ts'

/** Which numbers of a head make a pair that is turned: neighbours (Flux, Wan), or those half a head apart (Llama). */
export type RotaryPairing = 'interleaved' | 'halves'

/** Cosines and sines of the angles of each place, `[s, d / 2]` each, for heads of width d. */
export interface RotaryTable {
  readonly cos: Value
  readonly sin: Value
  readonly pairing: RotaryPairing
}

/** One coordinate of the places, and how many numbers of a head it turns. */
export interface RotaryAxis {
  /** The coordinate of each place, float `[s]`. */
  readonly places: Value
  /** Numbers of a head, an even count. */
  readonly width: number
}

/**
 * Angles `place · θ^(−2i / width)` for each axis, one axis after another (Su et al. 2021, eq. 15; several
 * axes as in Flux): language models have one, pictures have time, row and column.
 */
export function rotaryTable(axes: readonly RotaryAxis[], theta: number, pairing: RotaryPairing): RotaryTable {
  const angles = axes.map(({ places, width }) => {
    if (width % 2 !== 0) throw new GraphError(`A rotary axis turns pairs of numbers, but its width is ${width}`)
    const frequencies = Float32Array.from({ length: width / 2 }, (_, i) => theta ** ((-2 * i) / width))
    const row = places.graph.constant(float32([1, width / 2], frequencies))
    return ops.mul(ops.unsqueeze(places, [1]), row)
  })
  const [first] = angles
  if (!first) throw new GraphError('A rotary table needs an axis')
  const all = angles.length === 1 ? first : ops.concat(angles, 1)
  return { cos: ops.cos(all), sin: ops.sin(all), pairing }
}

/** `x` `[n, s, heads·d]`, each head turned by the angles of its place. */
export function rotate(scope: Scope, x: Value, { cos, sin, pairing }: RotaryTable): Value {
  const interleaved = pairing === 'interleaved'
  if (scope.attention === 'fused') return ops.rotaryEmbedding(x, { cos, sin, interleaved })
  const half = staticDimOf(cos, 1)
  const { batch, length, width } = sequenceShape(x)
  const heads = width / (2 * half)
  const axis = interleaved ? 4 : 3
  const pairs = ops.reshape(x, [batch, length, heads, ...(interleaved ? [half, 2] : [2, half])])
  const [a, b] = [0, 1].map((index) => ops.squeeze(ops.slice(pairs, axis, index, index + 1), [axis]))
  if (!a || !b) throw new GraphError('A pair has two numbers')
  const [c, s] = [ops.unsqueeze(cos, [1]), ops.unsqueeze(sin, [1])]
  const turned = [ops.sub(ops.mul(a, c), ops.mul(b, s)), ops.add(ops.mul(b, c), ops.mul(a, s))]
  const joined = ops.concat(
    turned.map((part) => ops.unsqueeze(part, [axis])),
    axis,
  )
  return ops.reshape(joined, [batch, length, width])
}
