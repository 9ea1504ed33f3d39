import type { Fingerprint, PlannedNode } from '../planning/planned-node.ts'
import type { OutputRecord } from '../definition/flowing.ts'
import { keyOf } from './fingerprint-key.ts'
import { KeyTable } from './key-table.ts'

/** The nodes of a run, by rank. */
export interface NodesByRank {
  nodeAt(rank: number): PlannedNode
  fingerprintAt(rank: number): Fingerprint
}

/** A node that is being computed for all that are the same, in the run that computes it. */
export interface Flight {
  readonly of: FlightsOfRun
  readonly rank: number
}

/** Hears the results of a node in flight, or undefined when it came to nothing. */
export type Waiter = (results: OutputRecord | undefined) => void

/**
 * The nodes that one run computes, by fingerprint. One whose key another has taken is not found: it is computed for
 * itself alone.
 */
export class FlightsOfRun {
  private readonly nodes: NodesByRank
  private readonly ranks = new KeyTable()
  private readonly waiters = new Map<number, Waiter[]>()

  constructor(nodes: NodesByRank) {
    this.nodes = nodes
  }

  get size(): number {
    return this.ranks.size
  }

  nodeAt(rank: number): PlannedNode {
    return this.nodes.nodeAt(rank)
  }

  /** The rank of the node that has this fingerprint; -1 when none has. */
  find(fingerprint: string): number {
    const rank = this.ranks.get(keyOf(fingerprint))
    return rank >= 0 && this.nodes.fingerprintAt(rank) === fingerprint ? rank : -1
  }

  /** The node of that rank is computed from here on, for all that are the same. */
  begin(rank: number, fingerprint: string): void {
    const key = keyOf(fingerprint)
    if (this.ranks.get(key) < 0) this.ranks.set(key, rank)
  }

  /** `waiter` hears the results of the node of that rank. */
  wait(rank: number, waiter: Waiter): void {
    const others = this.waiters.get(rank)
    if (others) others.push(waiter)
    else this.waiters.set(rank, [waiter])
  }

  /** The flight of a node ends, if it has one. */
  end(rank: number, fingerprint: string, results: OutputRecord | undefined): void {
    const key = keyOf(fingerprint)
    if (this.ranks.get(key) !== rank) return
    this.ranks.delete(key)
    if (this.waiters.size > 0) this.notify(rank, results)
  }

  /** The run is over: all that still wait get no results. */
  endAll(): void {
    for (const rank of [...this.waiters.keys()]) this.notify(rank, undefined)
  }

  private notify(rank: number, results: OutputRecord | undefined): void {
    const waiters = this.waiters.get(rank) ?? []
    this.waiters.delete(rank)
    for (const waiter of waiters) waiter(results)
  }
}

/** The nodes that are being computed, in all the runs that share a memo. */
export class Flights {
  private readonly runs: FlightsOfRun[] = []

  get size(): number {
    return this.runs.reduce((sum, { size }) => sum + size, 0)
  }

  /** For a run that begins. */
  open(nodes: NodesByRank): FlightsOfRun {
    const flights = new FlightsOfRun(nodes)
    this.runs.push(flights)
    return flights
  }

  /** For a run that is over. */
  close(flights: FlightsOfRun): void {
    const index = this.runs.indexOf(flights)
    if (index >= 0) this.runs.splice(index, 1)
    flights.endAll()
  }

  find(fingerprint: string): Flight | undefined {
    for (const of of this.runs) {
      const rank = of.find(fingerprint)
      if (rank >= 0) return { of, rank }
    }
    return undefined
  }
}
