import { differenceBetween } from './fingerprint.ts'
import type { FingerprintParts } from './fingerprint.ts'
import type { OutputRecord } from './flowing.ts'
import type { Memo } from './memo/memo.ts'
import type { Remembered } from './memo/memo-store.ts'
import type { NodeRun } from './node-run.ts'
import type { NodeId } from './workflow/index.ts'

/** What became of looking for a result. */
export type Found =
  | { readonly type: 'results'; readonly remembered: Remembered }
  | { readonly type: 'later'; readonly remembered: Promise<Remembered | undefined> }
  /** The same node is being computed, here or in another run. */
  | { readonly type: 'in-flight'; readonly isOwn: boolean; readonly nodeId: NodeId }
  /** It must be computed; others that are the same wait for it from here on. */
  | { readonly type: 'nothing' }

/** Waits for a node in flight: hears its results, or undefined when it came to nothing. `isOwn`: the flight is of the same run. */
export interface Passenger {
  board(run: NodeRun, isOwn: boolean): (results: OutputRecord | undefined) => void
}

const nothing: Found = { type: 'nothing' }

/** What one run takes from the memo and gives to it. */
export class Reuse {
  private readonly memo: Memo
  private readonly lastParts: Map<NodeId, FingerprintParts>
  private readonly flying = new Set<string>()

  constructor(memo: Memo, scope: string) {
    this.memo = memo
    this.lastParts = memo.lastPartsIn(scope)
  }

  find(run: NodeRun, passenger: Passenger): Found {
    const { fingerprint } = run
    if (fingerprint === undefined || !isReusable(run)) return nothing
    const found = this.memo.get(fingerprint, run.node.definition.outputs)
    if (found instanceof Promise) return { type: 'later', remembered: found }
    if (found) return { type: 'results', remembered: found }
    return this.joinFlight(run, passenger)
  }

  joinFlight(run: NodeRun, passenger: Passenger): Found {
    const { fingerprint } = run
    if (fingerprint === undefined || !isReusable(run)) return nothing
    const flight = this.memo.flights.get(fingerprint)
    if (flight) {
      const isOwn = flight.owner === this
      flight.waiting ??= []
      flight.waiting.push(passenger.board(run, isOwn))
      return { type: 'in-flight', isOwn, nodeId: flight.nodeId }
    }
    this.memo.flights.set(fingerprint, { owner: this, nodeId: run.node.id, waiting: undefined })
    this.flying.add(fingerprint)
    this.explain(run)
    return nothing
  }

  /** Ends a flight; those who waited take the results, or compute for themselves when there are none. */
  land(run: NodeRun, results: OutputRecord | undefined): void {
    const { fingerprint } = run
    if (fingerprint === undefined || !isReusable(run)) return
    if (results) this.memo.set(fingerprint, results, run.node.definition.outputs)
    if (this.flying.delete(fingerprint)) this.tell(fingerprint, results)
  }

  landAll(): void {
    for (const fingerprint of this.flying) this.tell(fingerprint, undefined)
    this.flying.clear()
  }

  remember(run: NodeRun): void {
    if (run.parts) this.lastParts.set(run.node.id, run.parts)
  }

  private tell(fingerprint: string, results: OutputRecord | undefined): void {
    const flight = this.memo.flights.get(fingerprint)
    this.memo.flights.delete(fingerprint)
    for (const hear of flight?.waiting ?? []) hear(results)
  }

  /** Why the result of last time could not be used. */
  private explain(run: NodeRun): void {
    const { parts } = run
    const before = this.lastParts.get(run.node.id)
    this.remember(run)
    if (before && parts) run.notReused = differenceBetween(before, parts) ?? 'its result was forgotten'
  }
}

function isReusable({ node }: NodeRun): boolean {
  return node.definition.sideEffect !== true
}
