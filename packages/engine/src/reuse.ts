import { differenceBetween } from './fingerprint.ts'
import type { OutputRecord } from './flowing.ts'
import type { LastParts } from './memo/last-parts.ts'
import type { Flight } from './memo/flights.ts'
import type { Effects, Memo } from './memo/memo.ts'
import type { Remembered } from './memo/memo-store.ts'
import type { NodeRun } from './node-run.ts'
import type { NodeRuns } from './node-runs.ts'
import type { PlannedNode } from './plan.ts'

/** What became of looking for a result. */
export type Found =
  | { readonly type: 'results'; readonly remembered: Remembered }
  | { readonly type: 'later'; readonly remembered: Promise<Remembered | undefined> }
  /** The same node is being computed, here or in another run. */
  | { readonly type: 'in-flight'; readonly flight: Flight }
  /** It must be computed; others that are the same wait for it from here on. */
  | { readonly type: 'nothing' }

/** Waits for a node in flight: hears its results, or undefined when it came to nothing. */
export interface Passenger {
  board(run: NodeRun, flight: Flight): (results: OutputRecord | undefined) => void
}

const nothing: Found = { type: 'nothing' }

/** What one run takes from the memo and gives to it. */
export class Reuse {
  private readonly memo: Memo
  private readonly lastParts: LastParts
  private readonly reuseEffects: boolean

  constructor(memo: Memo, scope: string, reuseEffects: boolean) {
    this.memo = memo
    this.reuseEffects = reuseEffects
    this.lastParts = memo.lastPartsIn(scope)
  }

  find(run: NodeRun, passenger: Passenger): Found {
    const { fingerprint } = run
    if (fingerprint === undefined || !this.isReusable(run)) return nothing
    if (hasEffect(run) && !this.memo.effects.get(fingerprint)) return this.joinFlight(run, passenger)
    const found = this.memo.get(fingerprint, run.node.definition.outputs)
    if (found instanceof Promise) return { type: 'later', remembered: found }
    if (found) return { type: 'results', remembered: found }
    return this.joinFlight(run, passenger)
  }

  joinFlight(run: NodeRun, passenger: Passenger): Found {
    const { fingerprint } = run
    if (fingerprint === undefined || !this.isReusable(run)) return nothing
    const flight = this.memo.flights.get(fingerprint)
    if (flight) {
      flight.passengers ??= []
      flight.passengers.push(passenger.board(run, flight))
      return { type: 'in-flight', flight }
    }
    run.isInFlight = true
    this.memo.flights.add(fingerprint, run)
    this.explain(run)
    return nothing
  }

  /** Ends a flight; those who waited take the results, or compute for themselves when there are none. */
  land(run: NodeRun, results: OutputRecord | undefined): void {
    const { fingerprint } = run
    if (fingerprint === undefined || !this.isReusable(run)) return
    if (results && hasEffect(run)) {
      const { artifacts = [], shown } = run
      this.memo.effects.set(fingerprint, { artifacts, shown })
    }
    if (results) this.memo.set(fingerprint, results, run.node.definition.outputs)
    this.endFlight(run, results)
  }

  /** What a side effect that is not repeated left behind. */
  effectsOf(run: NodeRun): Effects | undefined {
    return run.fingerprint === undefined || !hasEffect(run) ? undefined : this.memo.effects.get(run.fingerprint)
  }

  /** Lets the memo know what the run is made of. */
  touch(nodes: readonly PlannedNode[], runs: NodeRuns): void {
    if (!this.memo.touch) return
    for (const node of nodes) {
      const fingerprint = runs.fingerprintOf(node)
      if (fingerprint !== undefined) this.memo.touch(fingerprint)
    }
  }

  /** Ends the flights that are left when the run is over. */
  landAll(runs: readonly NodeRun[]): void {
    for (const run of runs) this.endFlight(run, undefined)
  }

  remember(run: NodeRun): void {
    if (run.parts) this.lastParts.add(run.node.id, run.parts)
  }

  private isReusable(run: NodeRun): boolean {
    return this.reuseEffects || !hasEffect(run)
  }

  private endFlight(run: NodeRun, results: OutputRecord | undefined): void {
    const { fingerprint, passengers } = run
    if (!run.isInFlight || fingerprint === undefined) return
    run.isInFlight = false
    this.memo.flights.delete(fingerprint, run)
    if (!passengers) return
    run.passengers = undefined
    for (const hear of passengers) hear(results)
  }

  /** Why the result of last time could not be used. */
  private explain(run: NodeRun): void {
    const { parts } = run
    const before = this.lastParts.get(run.node.id)
    this.remember(run)
    if (before && parts) run.notReused = differenceBetween(before, parts) ?? 'its result was forgotten'
  }
}

function hasEffect({ node }: NodeRun): boolean {
  return node.definition.sideEffect === true
}
