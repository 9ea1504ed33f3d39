import * as ops from '../graph/ops/index.ts'
import type { Value } from '../graph/graph.ts'
import { attention } from './attention.ts'
import { repeatHeads, type Projections } from './joint-attention.ts'
import { rotate, type RotaryTable } from './rotary.ts'
import type { Scope } from './scope.ts'

/** Keys, already turned, and values of the tokens before: `[n, t, keyHeads·d]` each. */
export interface KeysAndValues {
  readonly key: Value
  readonly value: Value
}

export interface CachedAttentionOptions {
  readonly heads: number
  /** Of keys and values, each of which serves `heads / keyHeads` queries (Ainslie et al. 2023). */
  readonly keyHeads?: number
  /** Turns the queries and keys of the tokens that come in; those of `past` are turned already. */
  readonly rotary?: RotaryTable | undefined
  /**
   * Added to the scores: broadcasts to `[n, heads, s, t + s]`. It says which tokens a query sees; all where
   * missing.
   */
  readonly bias?: Value | undefined
  /** Of the tokens before; none where it is missing, as in a prefill. */
  readonly past?: KeysAndValues | undefined
}

/**
 * Attention of tokens that come in, `[n, s, …]`, to those before and to themselves, and the keys and values of
 * all of them, `[n, t + s, …]`: what the next step takes as `past`. One function builds the prefill and the step.
 */
export function cachedAttention(
  scope: Scope,
  { query, key, value }: Projections,
  { heads, keyHeads = heads, rotary, bias, past }: CachedAttentionOptions,
): { readonly mixed: Value; readonly present: KeysAndValues } {
  return scope.build(() => {
    const [q, k] = rotary ? [rotate(scope, query, rotary), rotate(scope, key, rotary)] : [query, key]
    const present = past
      ? { key: ops.concat([past.key, k], 1), value: ops.concat([past.value, value], 1) }
      : { key: k, value }
    const all = [repeatHeads(present.key, keyHeads, heads), repeatHeads(present.value, keyHeads, heads)] as const
    const mixed = attention(q, ...all, { heads, form: scope.attention, ...(bias && { bias }) })
    return { mixed, present }
  })
}
