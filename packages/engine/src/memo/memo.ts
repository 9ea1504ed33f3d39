import type { ArtifactRef, JsonObject } from '../workflow/index.ts'
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

/** What a node left behind beside its outputs: a side effect's files and what it showed, any node's warnings. */
export interface Effects {
  readonly artifacts: readonly ArtifactRef[]
  readonly shown: JsonObject | undefined
  readonly warnings: readonly string[]
}
export interface EffectMemo {
  get(fingerprint: string): Effects | undefined
  set(fingerprint: string, effects: Effects): void
  /** Whether any that is remembered warned of something. */
  readonly hasWarnings: boolean
}

/** Workflows whose last fingerprints are kept, the least recently run forgotten first. */
const mostScopes = 32
/** Effects that are remembered, the oldest forgotten first. */
const mostEffects = 10_000

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
      const isWarned = (effects.get(fingerprint)?.warnings.length ?? 0) > 0
      // Warnings last as long as the process: a result on a disk would come back without its own.
      for (const store of stores) if (!isWarned || store.isLasting !== true) store.set(fingerprint, results, outputs)
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

function createEffectMemo(): EffectMemo {
  const byFingerprint = new Map<string, Effects>()
  let hasWarnings = false
  return {
    get hasWarnings() {
      return hasWarnings
    },
    get: (fingerprint) => byFingerprint.get(fingerprint),
    set(fingerprint, effects) {
      byFingerprint.delete(fingerprint)
      byFingerprint.set(fingerprint, effects)
      hasWarnings ||= effects.warnings.length > 0
      const [oldest] = byFingerprint.keys()
      if (byFingerprint.size > mostEffects && oldest !== undefined) byFingerprint.delete(oldest)
    },
  }
}
