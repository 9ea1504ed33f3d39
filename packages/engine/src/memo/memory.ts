import type { ResourceHolds } from '../definition/resource-pool.ts'
import { EntryTable } from './entry-table.ts'
import type { MemoStore } from './memo-store.ts'
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
  const entries = new EntryTable()
  return {
    get bytes() {
      return entries.bytes
    },
    get size() {
      return entries.size
    },
    get(fingerprint) {
      const place = entries.find(fingerprint)
      const results = entries.resultsAt(place)
      if (!results) return undefined
      entries.use(place)
      return { results, from: 'memory' }
    },
    set(fingerprint, results, outputs) {
      entries.makeRoomFor(fingerprint)
      const release = holds?.hold(results)
      entries.add(fingerprint, results, bytesOfResults(results, outputs), release)
      while (entries.oldest !== 0 && (entries.bytes > maxBytes || entries.size > maxEntries)) {
        entries.forget(entries.oldest)
      }
    },
    ...(isTouched && {
      touch(fingerprint: string) {
        const place = entries.find(fingerprint)
        if (place !== 0) entries.use(place)
      },
    }),
    forgetUntouched: () => entries.forgetUntouched(),
    clear: () => entries.forgetWhere(() => true),
    releaseResources: (isEnough) => entries.forgetWhere((place) => entries.hasResources(place) && !isEnough()),
    idle: () => Promise.resolve(),
  }
}
