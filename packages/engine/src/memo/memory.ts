import type { OutputRecord } from '../definition/flowing.ts'
import type { ResourceHolds } from '../definition/resource-pool.ts'
import { keyOf } from './fingerprint-key.ts'
import { KeyTable } from './key-table.ts'
import type { MemoStore } from './memo-store.ts'
import { Recency } from './recency.ts'
import { bytesOfResults } from './value-bytes.ts'

export interface MemoryMemoOptions {
  /** Default 1 GiB. */
  readonly maxBytes?: number
  /** Results, however large; default any number. */
  readonly maxEntries?: number
  /**
   * Whether a run refreshes all that it is made of, also what it need not ask for; each run then looks at every node.
   * By default only where entries are counted.
   */
  readonly isTouched?: boolean
}

export interface MemoryMemoStore extends MemoStore {
  readonly bytes: number
  readonly size: number
  clear(): void
  /** Forgets what no run had a part in since the last call. */
  forgetUntouched(): void
  /** Forgets the least recently used entries that hold resources until `isEnough`. */
  releaseResources(isEnough: () => boolean): void
}

/**
 * Remembers in memory, up to so many bytes; the least recently used goes first. Entries hold the resources that they
 * contain.
 */
export function createMemoryMemoStore(
  { maxBytes = 2 ** 30, maxEntries = Infinity, isTouched = maxEntries < Infinity }: MemoryMemoOptions = {},
  holds?: ResourceHolds,
): MemoryMemoStore {
  // Each entry has one index in all of these arrays; index 0 is free. Of two entries with one key the later replaces
  // the earlier. Measured beside `lru-cache`: docs/decisions/the-memory-memo-is-kept-by-hand.md.
  const places = new KeyTable()
  const order = new Recency()
  const fingerprints: string[] = ['']
  const remembered: (OutputRecord | undefined)[] = [undefined]
  const sizes = [0]
  const touchedIn = [0]
  const releases = new Map<number, () => void>()
  const free: number[] = []
  let bytes = 0
  /** Rises with each call of `forgetUntouched`. */
  let period = 0

  /** 0 when it is not there. */
  function find(fingerprint: string): number {
    const place = Math.max(0, places.get(keyOf(fingerprint)))
    return fingerprints[place] === fingerprint ? place : 0
  }

  function forget(place: number): void {
    places.delete(keyOf(fingerprints[place] ?? ''))
    order.remove(place)
    bytes -= numberOf(sizes, place)
    fingerprints[place] = ''
    remembered[place] = undefined
    free.push(place)
    const release = releases.get(place)
    releases.delete(place)
    release?.()
  }

  function use(place: number): void {
    touchedIn[place] = period
    order.remove(place)
    order.add(place)
  }

  /** Forgets entries, the least recently used first, for which `isForgotten` holds. */
  function forgetWhere(isForgotten: (place: number) => boolean): void {
    for (let place = order.oldest; place !== 0;) {
      const next = order.after(place)
      if (isForgotten(place)) forget(place)
      place = next
    }
  }

  return {
    get bytes() {
      return bytes
    },
    get size() {
      return places.size
    },
    get(fingerprint) {
      const place = find(fingerprint)
      const results = remembered[place]
      if (!results) return undefined
      use(place)
      return { results, from: 'memory' }
    },
    set(fingerprint, results, outputs) {
      const key = keyOf(fingerprint)
      const earlier = places.get(key)
      if (earlier > 0) forget(earlier)
      const release = holds?.hold(results)
      const place = free.pop() ?? fingerprints.length
      fingerprints[place] = fingerprint
      remembered[place] = results
      sizes[place] = bytesOfResults(results, outputs)
      touchedIn[place] = period
      if (release) releases.set(place, release)
      places.set(key, place)
      order.add(place)
      bytes += numberOf(sizes, place)
      while (order.oldest !== 0 && (bytes > maxBytes || places.size > maxEntries)) forget(order.oldest)
    },
    ...(isTouched && {
      touch(fingerprint: string) {
        const place = find(fingerprint)
        if (place !== 0) use(place)
      },
    }),
    forgetUntouched() {
      forgetWhere((place) => numberOf(touchedIn, place) < period)
      period++
    },
    clear() {
      forgetWhere(() => true)
    },
    releaseResources(isEnough) {
      forgetWhere((place) => releases.has(place) && !isEnough())
    },
    idle: () => Promise.resolve(),
  }
}

/** @throws RangeError at a place that was never given out */
function numberOf(numbers: readonly number[], place: number): number {
  const number = numbers[place]
  if (number === undefined) throw new RangeError(`The memo has no place ${place}`)
  return number
}
