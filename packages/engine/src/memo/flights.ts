import type { Fingerprint } from '../fingerprint.ts'
import type { OutputRecord } from '../flowing.ts'
import type { PlannedNode } from '../plan.ts'
import { keyOf } from './fingerprint-key.ts'

/** A node that is being computed, for which others wait. They hear its results, or undefined when they must compute. */
export interface Flight {
  readonly node: PlannedNode
  readonly fingerprint: Fingerprint
  passengers: ((results: OutputRecord | undefined) => void)[] | undefined
}

/** The nodes that are being computed. One whose key another has taken is not found: it is computed for itself alone. */
export class Flights {
  private readonly byKey = new Map<number, Flight>()

  get size(): number {
    return this.byKey.size
  }

  get(fingerprint: string): Flight | undefined {
    const flight = this.byKey.get(keyOf(fingerprint))
    return flight?.fingerprint === fingerprint ? flight : undefined
  }

  add(fingerprint: string, flight: Flight): void {
    const key = keyOf(fingerprint)
    if (!this.byKey.has(key)) this.byKey.set(key, flight)
  }

  delete(fingerprint: string, flight: Flight): void {
    const key = keyOf(fingerprint)
    if (this.byKey.get(key) === flight) this.byKey.delete(key)
  }
}
