import { differenceBetween } from '../planning/fingerprint.ts'
import type { OutputRecord } from '../definition/flowing.ts'
import type { LastParts } from '../memo/last-parts.ts'
import type { ExecuteOptions } from './run-options.ts'
import type { Flight, FlightsOfRun } from '../memo/flights.ts'
import type { Effects, InnerEffects } from '../memo/effects.ts'
import type { Memo } from '../memo/memo.ts'
import type { Remembered } from '../memo/memo-store.ts'
import type { NodeRun } from './node-run.ts'
import type { NodeRuns } from './node-runs.ts'
import { isLazy, type PlannedNode } from '../planning/planned-node.ts'

/** What became of looking for a result. */
export type Found =
  | { readonly type: 'results'; readonly remembered: Remembered }
  | { readonly type: 'later'; readonly remembered: Promise<Remembered | undefined> }
  /** The same node is being computed, here or in another run. */
  | { readonly type: 'in-flight'; readonly flight: Flight }
  /** It must be computed; others that are the same wait for it from here on. */
  | { readonly type: 'nothing' }

const nothing: Found = { type: 'nothing' }

/** What one run takes from the memo and gives to it. */
export class Reuse {
  private readonly memo: Memo
  private readonly lastParts: LastParts
  private readonly reuseEffects: boolean
  private readonly runs: NodeRuns
  private readonly flights: FlightsOfRun

  constructor(
    memo: Memo,
    runs: NodeRuns,
    { scope = '', reuseEffects = false }: Pick<ExecuteOptions, 'scope' | 'reuseEffects'>,
  ) {
    this.memo = memo
    this.runs = runs
    this.reuseEffects = reuseEffects
    this.lastParts = memo.lastPartsIn(scope)
    this.flights = memo.flights.open(runs)
  }

  find(rank: number): Found {
    const node = this.runs.nodeAt(rank)
    const fingerprint = this.runs.fingerprintAt(rank)
    if (fingerprint === undefined || !this.isReusable(node)) return nothing
    const { effects } = this.memo
    if ((hasEffect(node) && !effects.get(fingerprint)) || effects.isIncomplete(fingerprint))
      return this.joinFlight(rank)
    const entry = this.memo.get(fingerprint, node.definition.outputs)
    if (entry instanceof Promise) return { type: 'later', remembered: entry }
    if (entry) return { type: 'results', remembered: entry }
    return this.joinFlight(rank)
  }

  joinFlight(rank: number): Found {
    const fingerprint = this.runs.fingerprintAt(rank)
    if (fingerprint === undefined || !this.isReusable(this.runs.nodeAt(rank))) return nothing
    const flight = this.memo.flights.find(fingerprint)
    if (flight) return { type: 'in-flight', flight }
    this.flights.begin(rank, fingerprint)
    this.explain(rank)
    return nothing
  }

  /** Whether a flight is one of this run. */
  isOwn({ of }: Flight): boolean {
    return of === this.flights
  }

  /** Ends a flight; its waiters take the results, or compute for themselves without any. */
  endFlight(run: NodeRun, results: OutputRecord | undefined): void {
    const { node, fingerprint, artifacts = [], shown, warnings = [], inner = [] } = run
    if (fingerprint === undefined || !this.isReusable(node)) return
    const kept = run.isBoundToId || run.hasLeftOut ? undefined : results
    if (kept) {
      if (hasEffect(node) || warnings.length > 0 || inner.length > 0)
        this.memo.effects.set(fingerprint, { artifacts, shown, warnings, inner })
      this.memo.set(fingerprint, kept, node.definition.outputs)
    }
    this.flights.end(node.rank, fingerprint, kept)
  }

  /** What a turn of a mapped node gave when it was called before. */
  recallTurn({ node }: NodeRun, key: string): OutputRecord | undefined | Promise<OutputRecord | undefined> {
    if (hasEffect(node)) return undefined
    const found = this.memo.get(key, node.definition.outputs)
    return found instanceof Promise ? found.then((remembered) => remembered?.results) : found?.results
  }

  /** A turn of a mapped node is remembered by itself, as soon as it is done, for lists that hold its elements. */
  rememberTurn(run: NodeRun, key: string, outputs: OutputRecord): void {
    const { node, isBoundToId, warnings, artifacts } = run
    // What else a turn left behind is known of the whole node alone.
    const isAll = !isBoundToId && !warnings && !artifacts && !hasEffect(node)
    if (isAll) this.memo.set(key, outputs, node.definition.outputs)
  }

  /** What a side effect that is not repeated left behind, and what any node's expansion did. */
  effectsOf({ node, fingerprint }: NodeRun): Pick<Effects, 'artifacts' | 'shown' | 'inner'> | undefined {
    const effects = fingerprint === undefined ? undefined : this.memo.effects.get(fingerprint)
    return !effects || hasEffect(node) ? effects : { artifacts: [], shown: undefined, inner: effects.inner }
  }

  /**
   * What a node that is reused warned of when it was computed, and so did all that its result was made from, the
   * sources first. What it asked for lazily is left out: nobody knows whether it did.
   */
  warningsBehind(node: PlannedNode): readonly { readonly node: PlannedNode; readonly message: string }[] {
    if (!this.memo.effects.hasWarnings) return []
    const seen = new Set<PlannedNode>()
    const ahead = [node]
    for (let next = ahead.pop(); next; next = ahead.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      for (const input of next.inputs) if (!isLazy(input)) ahead.push(...input.sources.map((source) => source.node))
    }
    return [...seen].reverse().flatMap((each) => {
      const fingerprint = this.runs.fingerprintAt(each.rank)
      const effects = fingerprint === undefined ? undefined : this.memo.effects.get(fingerprint)
      return (effects?.warnings ?? []).map((message) => ({ node: each, message }))
    })
  }

  /** Lets the memo know what the run is made of. */
  touch(nodes: readonly PlannedNode[]): void {
    if (!this.memo.touch) return
    for (const { rank } of nodes) {
      const fingerprint = this.runs.fingerprintAt(rank)
      if (fingerprint !== undefined) this.memo.touch(fingerprint)
    }
  }

  /** The run is over: ends the flights that are left. */
  close(): void {
    this.memo.flights.close(this.flights)
  }

  remember({ node, parts }: Pick<NodeRun, 'node' | 'parts'>): void {
    if (parts) this.lastParts.add(node.id, parts)
  }

  private isReusable(node: PlannedNode): boolean {
    return this.reuseEffects || !hasEffect(node)
  }

  /** Why the result of last time could not be used. */
  private explain(rank: number): void {
    const node = this.runs.nodeAt(rank)
    const parts = this.runs.partsAt(rank)
    const before = this.lastParts.get(node.id)
    this.remember({ node, parts })
    if (before && parts) this.runs.at(rank).notReused = differenceBetween(before, parts) ?? 'its result was forgotten'
  }
}

function hasEffect({ definition }: PlannedNode): boolean {
  return definition.sideEffect === true
}

/** What the nodes that a node expanded into kept and showed, and what those expanded into did. */
export function innerEffectsOf({ node, made }: NodeRun): readonly InnerEffects[] | undefined {
  if (!made) return undefined
  const all = made.flatMap((run) => {
    const path = run.node.id.slice(node.id.length + 1)
    const { artifacts = [], shown, inner = [] } = run
    const own = artifacts.length > 0 || shown !== undefined ? [{ path, artifacts, shown }] : []
    return [...own, ...inner.map((one) => ({ ...one, path: `${path}/${one.path}` }))]
  })
  return all.length > 0 ? all : undefined
}
