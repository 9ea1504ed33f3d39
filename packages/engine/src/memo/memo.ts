import { createEffectMemo, type EffectMemo } from './effects.ts'
import { Flights } from './flights.ts'
import { type LastParts, LastPartsOfRuns } from './last-parts.ts'
import type { MemoStore, Remembered } from './memo-store.ts'

/** What runs that share it know of one another: results, nodes in flight, and the last fingerprint of each node. */
export interface Memo extends MemoStore {
  readonly flights: Flights
  /** What nodes left behind beside their outputs, by fingerprint, for runs that do not repeat them. */
  readonly effects: EffectMemo
  /** What each node of a workflow was last computed from; `scope` is the workflow. */
  lastPartsIn(scope: string): LastParts
}

/** Workflows whose last fingerprints are kept, the least recently run forgotten first. */
const mostScopes = 32

/** A memo over stores, the quickest first: what a slower one gives is kept in those before it. */
export function createMemo(...stores: readonly MemoStore[]): Memo {
  const effects = createEffectMemo()
  const scopes = new Map<string, LastPartsOfRuns>()
  return {
    flights: new Flights(),
    effects,
    lastPartsIn(scope) {
      const parts = scopes.get(scope) ?? new LastPartsOfRuns()
      scopes.delete(scope)
      scopes.set(scope, parts)
      for (const oldest of scopes.keys()) {
        if (scopes.size <= mostScopes) break
        scopes.delete(oldest)
      }
      return parts.forRun()
    },
    get(fingerprint, outputs) {
      let index = 0
      for (const store of stores) {
        const entry = store.get(fingerprint, outputs)
        if (entry instanceof Promise) return fromHere(entry, index, fingerprint, outputs)
        if (entry) return entry
        index++
      }
      return undefined
    },
    set(fingerprint, results, outputs) {
      const { warnings = [], inner = [] } = effects.get(fingerprint) ?? {}
      // These last as long as the process: a result on a disk would come back without its own.
      const isPassing = warnings.length > 0 || inner.length > 0
      for (const store of stores) if (!isPassing || store.isLasting !== true) store.set(fingerprint, results, outputs)
    },
    ...(stores.some(({ touch }) => touch) && {
      touch(fingerprint: string) {
        for (const store of stores) store.touch?.(fingerprint)
      },
    }),
    async idle() {
      await Promise.all(stores.map((store) => store.idle()))
    },
  }

  async function fromHere(
    first: ReturnType<MemoStore['get']>,
    index: number,
    ...[fingerprint, outputs]: Parameters<MemoStore['get']>
  ): Promise<Remembered | undefined> {
    let entry = await first
    for (let next = index + 1; !entry && next < stores.length; next++)
      entry = await stores[next]?.get(fingerprint, outputs)
    if (entry) for (const store of stores.slice(0, index)) store.set(fingerprint, entry.results, outputs)
    return entry
  }
}
