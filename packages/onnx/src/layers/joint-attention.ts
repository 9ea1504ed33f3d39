import * as ops from '../graph/ops/index.ts'
import { dimOf } from '../graph/operator.ts'
import { GraphError } from '../graph/graph-error.ts'
import type { Value } from '../graph/graph.ts'
import { attention } from './attention.ts'
import { linear, sequenceShape } from './linear.ts'
import { rmsNorm } from './normalization.ts'
import { rotate, type RotaryTable } from './rotary.ts'
import type { Scope } from './scope.ts'

/** Queries, keys and values of one stream of tokens: `[n, s, heads·d]`, keys and values perhaps of fewer heads. */
export interface Projections {
  readonly query: Value
  readonly key: Value
  readonly value: Value
}

export interface ProjectionOptions {
  /** Width of the queries, all heads together. */
  readonly width: number
  /** Width of keys and values, where they have fewer heads. */
  readonly keyWidth?: number
  readonly bias?: boolean
  /** The names of the three linear layers. Default `to_q`, `to_k`, `to_v`. */
  readonly names?: readonly [query: string, key: string, value: string]
}

/** The three linear layers of an attention. */
export function projections(scope: Scope, x: Value, options: ProjectionOptions): Projections {
  const { width, keyWidth = width, bias = true, names = ['to_q', 'to_k', 'to_v'] } = options
  return {
    query: linear(scope.at(names[0]), x, { out: width, bias }),
    key: linear(scope.at(names[1]), x, { out: keyWidth, bias }),
    value: linear(scope.at(names[2]), x, { out: keyWidth, bias }),
  }
}

/** RMS normalisation of each head of `[n, s, heads·d]` by itself; parameter `weight` `[d]`. */
export function headNorm(scope: Scope, x: Value, head: number, { epsilon = 1e-6 } = {}): Value {
  const { batch, length, width } = sequenceShape(x)
  const heads = ops.reshape(x, [batch, length, width / head, head])
  return ops.reshape(rmsNorm(scope, heads, { epsilon }), [batch, length, width])
}

export interface JointAttentionOptions {
  readonly heads: number
  /** Of keys and values, each of which serves `heads / keyHeads` queries (Ainslie et al. 2023). */
  readonly keyHeads?: number
  /** Turns queries and keys of all streams, in the order in which they are joined. */
  readonly rotary?: RotaryTable | undefined
  readonly causal?: boolean
  /** Added to the scores: broadcasts to `[n, heads, s, s]`. */
  readonly bias?: Value | undefined
  /** `1 / √(width of a head)` where not given. */
  readonly scale?: number
}

/**
 * One attention over several streams of tokens, one after another (Esser et al. 2024, section 4): what each stream
 * gets, `[n, s, heads·d]`.
 */
export function jointAttention(
  scope: Scope,
  streams: readonly Projections[],
  { heads, keyHeads = heads, rotary, causal = false, bias, scale }: JointAttentionOptions,
): readonly Value[] {
  const joined = (part: keyof Projections): Value => {
    const [first, ...rest] = streams.map((stream) => stream[part])
    if (!first) throw new GraphError('A joint attention needs a stream')
    return rest.length === 0 ? first : ops.concat([first, ...rest], 1)
  }
  return scope.build(() => {
    const [query, key] = [joined('query'), joined('key')].map((x) => (rotary ? rotate(scope, x, rotary) : x))
    if (!query || !key) throw new GraphError('Queries and keys were made')
    const mixed = attention(query, repeatHeads(key, keyHeads, heads), repeatHeads(joined('value'), keyHeads, heads), {
      heads,
      causal,
      form: scope.attention,
      ...(bias && { bias }),
      ...(scale !== undefined && { scale }),
    })
    if (streams.length === 1) return [mixed]
    return ops.split(
      mixed,
      streams.map((stream) => dimOf(stream.query, 1)),
      1,
    )
  })
}

/** Each of `from` heads `to / from` times over, beside itself. */
export function repeatHeads(x: Value, from: number, to: number): Value {
  if (from === to) return x
  if (to % from !== 0) throw new GraphError(`${to} heads cannot share ${from} heads of keys evenly`)
  const { batch, length, width } = sequenceShape(x)
  const head = width / from
  const apart = ops.reshape(x, [batch, length, from, 1, head])
  return ops.reshape(ops.expand(apart, [batch, length, from, to / from, head]), [batch, length, to * head])
}
