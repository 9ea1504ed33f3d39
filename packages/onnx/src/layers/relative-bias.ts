import * as ops from '../graph/ops/index.ts'
import { int64 } from '../tensor/tensor.ts'
import { embedding } from './linear.ts'
import type { Value } from '../graph/graph.ts'
import type { Scope } from './scope.ts'

export interface RelativeBiasOptions {
  /** Tokens of a sequence; known while the graph is built. */
  readonly length: number
  readonly heads: number
  readonly buckets: number
  /** Distances from here on share the last bucket. */
  readonly maxDistance: number
}

/**
 * The bias of T5's scores by distance (Raffel et al. 2020, section 2.1): one number for each head and bucket of
 * distances, parameter `weight` `[buckets, heads]` → `[1, heads, length, length]`.
 */
export function relativeBias(scope: Scope, { length, heads, buckets, maxDistance }: RelativeBiasOptions): Value {
  const places = scope.graph.sharedConstant(`distances.${length}.${buckets}.${maxDistance}`, () => {
    const ids = Array.from({ length: length * length }, (_, index) =>
      bucketOf((index % length) - Math.floor(index / length), buckets, maxDistance),
    )
    return int64([length, length], ids)
  })
  const bias = embedding(scope, places, { count: buckets, width: heads })
  return scope.build(() => ops.unsqueeze(ops.transpose(bias, [2, 0, 1]), [0]))
}

/** Half of the buckets look ahead; of each half one half counts single steps, the other grows with the logarithm. */
function bucketOf(distance: number, buckets: number, maxDistance: number): number {
  const half = buckets / 2
  const exact = half / 2
  const steps = Math.abs(distance)
  const base = distance > 0 ? half : 0
  if (steps < exact) return base + steps
  const grown = exact + Math.floor((Math.log(steps / exact) / Math.log(maxDistance / exact)) * (half - exact))
  return base + Math.min(grown, half - 1)
}
