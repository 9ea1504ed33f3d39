import type { OutputRecord } from '../flowing.ts'
import type { ResourceHolds } from '../resource-pool.ts'
import { keyOf } from './fingerprint-key.ts'
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
  readonly fingerprint: string
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
  // A Map keeps the order of insertion, so its first key is the least recently used. Of two entries of one key the later stays.
  const entries = new Map<number, Entry>()
  let bytes = 0
  /** Rises with each call of `forgetUntouched`. */
  let period = 0

  function find(fingerprint: string): Entry | undefined {
    const entry = entries.get(keyOf(fingerprint))
    return entry?.fingerprint === fingerprint ? entry : undefined
  }

  function forget(key: number, entry: Entry): void {
    entries.delete(key)
    bytes -= entry.bytes
    entry.release?.()
  }

  function use(entry: Entry): void {
    const key = keyOf(entry.fingerprint)
    entry.touchedIn = period
    entries.delete(key)
    entries.set(key, entry)
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
      const entry = find(fingerprint)
      if (!entry) return undefined
      use(entry)
      return { results: entry.results, from: 'memory' }
    },
    set(fingerprint, results, outputs) {
      const key = keyOf(fingerprint)
      const known = entries.get(key)
      if (known) forget(key, known)
      const release = holds?.hold(results)
      const entry = { fingerprint, results, bytes: bytesOfResults(results, outputs), release, touchedIn: period }
      entries.set(key, entry)
      bytes += entry.bytes
      if (bytes > maxBytes || entries.size > maxEntries) forgetOldest()
    },
    ...(isTouched && {
      touch(fingerprint: string) {
        const entry = find(fingerprint)
        if (entry) use(entry)
      },
    }),
    forgetUntouched() {
      for (const [key, entry] of entries) if (entry.touchedIn < period) forget(key, entry)
      period += 1
    },
    clear() {
      for (const [key, entry] of entries) forget(key, entry)
    },
    releaseResources(isEnough) {
      for (const [key, entry] of entries) {
        if (isEnough()) return
        if (entry.release) forget(key, entry)
      }
    },
    idle: () => Promise.resolve(),
  }
}
