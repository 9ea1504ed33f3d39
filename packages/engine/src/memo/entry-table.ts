import type { OutputRecord } from '../definition/flowing.ts'
import { keyOf } from './fingerprint-key.ts'
import { KeyTable } from './key-table.ts'
import { Recency } from './recency.ts'

/**
 * Results by fingerprint, in the order of their last use. Each entry has one place in all of the arrays; place 0 is
 * none. Of two entries with one key the later replaces the earlier. Measured beside `lru-cache`:
 * docs/decisions/the-memory-memo-is-kept-by-hand.md.
 */
export class EntryTable {
  private readonly places = new KeyTable()
  private readonly order = new Recency()
  private readonly fingerprints: string[] = ['']
  private readonly remembered: (OutputRecord | undefined)[] = [undefined]
  private readonly sizes = [0]
  private readonly touchedIn = [0]
  private readonly releases = new Map<number, () => void>()
  private readonly free: number[] = []
  private total = 0
  /** Rises with each call of `forgetUntouched`. */
  private period = 0

  get bytes(): number {
    return this.total
  }

  get size(): number {
    return this.places.size
  }

  /** The place used longest ago; 0 when there is none. */
  get oldest(): number {
    return this.order.oldest
  }

  /** 0 when it is not there. */
  find(fingerprint: string): number {
    const place = Math.max(0, this.places.get(keyOf(fingerprint)))
    return this.fingerprints[place] === fingerprint ? place : 0
  }

  resultsAt(place: number): OutputRecord | undefined {
    return this.remembered[place]
  }

  hasResources(place: number): boolean {
    return this.releases.has(place)
  }

  /** Forgets the entry whose key this fingerprint has. */
  makeRoomFor(fingerprint: string): void {
    const earlier = this.places.get(keyOf(fingerprint))
    if (earlier > 0) this.forget(earlier)
  }

  /** Adds an entry for whose key there is room; `release` is called when it is forgotten. */
  add(fingerprint: string, results: OutputRecord, bytes: number, release: (() => void) | undefined): void {
    const place = this.free.pop() ?? this.fingerprints.length
    this.fingerprints[place] = fingerprint
    this.remembered[place] = results
    this.sizes[place] = bytes
    this.touchedIn[place] = this.period
    if (release) this.releases.set(place, release)
    this.places.set(keyOf(fingerprint), place)
    this.order.add(place)
    this.total += bytes
  }

  /** Makes the entry the most recently used. */
  use(place: number): void {
    this.touchedIn[place] = this.period
    this.order.remove(place)
    this.order.add(place)
  }

  forget(place: number): void {
    this.places.delete(keyOf(this.fingerprints[place] ?? ''))
    this.order.remove(place)
    this.total -= numberOf(this.sizes, place)
    this.fingerprints[place] = ''
    this.remembered[place] = undefined
    this.free.push(place)
    const release = this.releases.get(place)
    this.releases.delete(place)
    release?.()
  }

  /** Forgets entries, the least recently used first, for which `isForgotten` holds. */
  forgetWhere(isForgotten: (place: number) => boolean): void {
    for (let place = this.order.oldest; place !== 0;) {
      const next = this.order.after(place)
      if (isForgotten(place)) this.forget(place)
      place = next
    }
  }

  /** Forgets what was not used since the last call. */
  forgetUntouched(): void {
    this.forgetWhere((place) => numberOf(this.touchedIn, place) < this.period)
    this.period++
  }
}

/** @throws RangeError at a place that was never given out */
function numberOf(numbers: readonly number[], place: number): number {
  const number = numbers[place]
  if (number === undefined) throw new RangeError(`The memo has no place ${place}`)
  return number
}
