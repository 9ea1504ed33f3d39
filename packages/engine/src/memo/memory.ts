import type { OutputRecord } from '../flowing.ts'
import type { ResourceHolds } from '../resource-pool.ts'
import type { MemoStore } from './memo-store.ts'
import { bytesOfResults } from './value-bytes.ts'

export interface MemoryMemoOptions {
  /** Default 1 GiB. */
  readonly maxBytes?: number
  /** Results, however large; default any number. */
  readonly maxEntries?: number
  /**
   * Whether a run refreshes all that it is made of, also what it need not ask for; each run then looks at every node. By default
   * only where entries are counted.
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

interface Entry {
  readonly results: OutputRecord
  readonly bytes: number
  readonly release: (() => void) | undefined
  touchedIn: number
}

/** Remembers in memory, up to so many bytes; the least recently used goes first. Entries hold the resources that they contain. */
export function createMemoryMemoStore(
  { maxBytes = 2 ** 30, maxEntries = Infinity, isTouched = maxEntries < Infinity }: MemoryMemoOptions = {},
  holds?: ResourceHolds,
): MemoryMemoStore {
  // A Map keeps the order of insertion, so its first key is the least recently used.
  const entries = new Map<string, Entry>()
  let bytes = 0
  /** Rises with each call of `forgetUntouched`. */
  let period = 0

  function forget(fingerprint: string, entry: Entry): void {
    entries.delete(fingerprint)
    bytes -= entry.bytes
    entry.release?.()
  }

  function use(fingerprint: string, entry: Entry): void {
    entry.touchedIn = period
    entries.delete(fingerprint)
    entries.set(fingerprint, entry)
  }

  function forgetOldest(): void {
    for (const [oldest, entry] of entries) {
      if (bytes <= maxBytes && entries.size <= maxEntries) return
      forget(oldest, entry)
    }
  }

  return {
    get bytes() {
      return bytes
    },
    get size() {
      return entries.size
    },
    get(fingerprint) {
      const entry = entries.get(fingerprint)
      if (!entry) return undefined
      use(fingerprint, entry)
      return { results: entry.results, from: 'memory' }
    },
    set(fingerprint, results, outputs) {
      const known = entries.get(fingerprint)
      if (known) forget(fingerprint, known)
      const release = holds?.hold(results)
      const entry = { results, bytes: bytesOfResults(results, outputs), release, touchedIn: period }
      entries.set(fingerprint, entry)
      bytes += entry.bytes
      if (bytes > maxBytes || entries.size > maxEntries) forgetOldest()
    },
    ...(isTouched && {
      touch(fingerprint: string) {
        const entry = entries.get(fingerprint)
        if (entry) use(fingerprint, entry)
      },
    }),
    forgetUntouched() {
      for (const [fingerprint, entry] of entries) if (entry.touchedIn < period) forget(fingerprint, entry)
      period += 1
    },
    clear() {
      for (const [fingerprint, entry] of entries) forget(fingerprint, entry)
    },
    releaseResources(isEnough) {
      for (const [fingerprint, entry] of entries) {
        if (isEnough()) return
        if (entry.release) forget(fingerprint, entry)
      }
    },
    idle: () => Promise.resolve(),
  }
}
