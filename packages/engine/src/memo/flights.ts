import type { Fingerprint, PlannedNode } from '../planning/planned-node.ts'
import type { OutputRecord } from '../definition/flowing.ts'
import { keyOf } from './fingerprint-key.ts'
import { KeyTable } from './key-table.ts'

/** What flights know of the nodes of their run. */
export interface Airline {
  nodeAt(rank: number): PlannedNode
  fingerprintAt(rank: number): Fingerprint
}

/** A node that is being computed for all that are the same, in the run that computes it. */
export interface Flight {
  readonly of: FlightsOfRun
  readonly rank: number
}

/** Hears the results of a node in flight, or undefined when it came to nothing. */
export type Passenger = (results: OutputRecord | undefined) => void

/** The nodes that one run computes, by fingerprint. One whose key another has taken is not found: it is computed for itself alone. */
export class FlightsOfRun {
  private readonly nodes: Airline
  private readonly ranks = new KeyTable()
  private readonly passengers = new Map<number, Passenger[]>()

  constructor(nodes: Airline) {
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

  takeOff(rank: number, fingerprint: string): void {
    const key = keyOf(fingerprint)
    if (this.ranks.get(key) < 0) this.ranks.set(key, rank)
  }

  board(rank: number, passenger: Passenger): void {
    const others = this.passengers.get(rank)
    if (others) others.push(passenger)
    else this.passengers.set(rank, [passenger])
  }

  /** The flight of a node ends, if it has one. */
  land(rank: number, fingerprint: string, results: OutputRecord | undefined): void {
    const key = keyOf(fingerprint)
    if (this.ranks.get(key) !== rank) return
    this.ranks.delete(key)
    if (this.passengers.size > 0) this.tell(rank, results)
  }

  /** The run is over: whoever still waits must compute. */
  landAll(): void {
    for (const rank of [...this.passengers.keys()]) this.tell(rank, undefined)
  }

  private tell(rank: number, results: OutputRecord | undefined): void {
    const passengers = this.passengers.get(rank) ?? []
    this.passengers.delete(rank)
    for (const hear of passengers) hear(results)
  }
}

/** The nodes that are being computed, in all the runs that share a memo. */
export class Flights {
  private readonly runs: FlightsOfRun[] = []

  get size(): number {
    return this.runs.reduce((sum, { size }) => sum + size, 0)
  }

  /** For a run that begins. */
  open(nodes: Airline): FlightsOfRun {
    const flights = new FlightsOfRun(nodes)
    this.runs.push(flights)
    return flights
  }

  /** For a run that is over. */
  close(flights: FlightsOfRun): void {
    const index = this.runs.indexOf(flights)
    if (index >= 0) this.runs.splice(index, 1)
    flights.landAll()
  }

  find(fingerprint: string): Flight | undefined {
    for (const of of this.runs) {
      const rank = of.find(fingerprint)
      if (rank >= 0) return { of, rank }
    }
    return undefined
  }
}
