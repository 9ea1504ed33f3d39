import type { Outputs } from '../definition/node-declaration.ts'
import type { OutputRecord } from '../definition/flowing.ts'
import { EntryFiles } from './entry-files.ts'
import { decodeEntry, encodeEntry } from './entry-format.ts'
import type { MemoStore, Remembered } from './memo-store.ts'

export interface DiskMemoOptions {
  /** Where entries are kept; made when it is missing. */
  readonly folder: string
  /** Default 20 GiB. The least recently used entries go first. */
  readonly maxBytes?: number
  /** Hears of entries that could not be written. The run goes on: a memo is never an error. */
  readonly onError?: (error: unknown) => void
}

export interface DiskMemoStore extends MemoStore {
  readonly bytes: number
  readonly size: number
}

/**
 * Remembers on disk, so that results survive restarts. An entry that is damaged all the same is a miss, and is removed.
 */
export async function openDiskMemoStore({
  folder,
  maxBytes = 20 * 2 ** 30,
  onError = () => undefined,
}: DiskMemoOptions): Promise<DiskMemoStore> {
  const files = new EntryFiles(folder)
  const entries = new EntrySizes(await files.sizes())
  /** Files are touched one after the other: a run that computes quickly would open thousands. */
  let last: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): void => {
    last = last.then(work).catch(onError)
  }

  async function forget(fingerprint: string): Promise<void> {
    entries.delete(fingerprint)
    await files.remove(fingerprint)
  }

  async function write(fingerprint: string, results: OutputRecord, outputs: Outputs): Promise<void> {
    const entry = await encodeEntry(results, outputs)
    if (!entry || entry.length > maxBytes) return
    await files.write(fingerprint, entry)
    entries.set(fingerprint, entry.length)
    for (const oldest of entries.fingerprints()) {
      if (entries.bytes <= maxBytes) break
      await forget(oldest)
    }
  }

  async function read(fingerprint: string, outputs: Outputs): Promise<Remembered | undefined> {
    try {
      const results = await decodeEntry(await files.read(fingerprint), outputs)
      if (results) {
        if (entries.use(fingerprint)) inTurn(() => files.touch(fingerprint))
        return { results, from: 'disk' }
      }
    } catch (error) {
      if (!isMissing(error)) onError(error)
    }
    inTurn(() => forget(fingerprint))
    return undefined
  }

  return {
    isLasting: true,
    get bytes() {
      return entries.bytes
    },
    get size() {
      return entries.count
    },
    get: (fingerprint, outputs) => (entries.has(fingerprint) ? read(fingerprint, outputs) : undefined),
    set(fingerprint, results, outputs) {
      if (!entries.has(fingerprint)) inTurn(() => write(fingerprint, results, outputs))
    },
    async idle() {
      // Work that ends may have begun more.
      for (let seen; seen !== last;) await (seen = last)
    },
  }
}

/** How large each entry is, the least recently used first, and all together. */
class EntrySizes {
  private readonly sizes: Map<string, number>
  private total: number

  constructor(sizes: Map<string, number>) {
    this.sizes = sizes
    this.total = [...sizes.values()].reduce((total, size) => total + size, 0)
  }

  get bytes(): number {
    return this.total
  }

  get count(): number {
    return this.sizes.size
  }

  has(fingerprint: string): boolean {
    return this.sizes.has(fingerprint)
  }

  fingerprints(): Iterable<string> {
    return this.sizes.keys()
  }

  set(fingerprint: string, size: number): void {
    this.delete(fingerprint)
    this.sizes.set(fingerprint, size)
    this.total += size
  }

  delete(fingerprint: string): void {
    this.total -= this.sizes.get(fingerprint) ?? 0
    this.sizes.delete(fingerprint)
  }

  /** Makes it the most recently used; false when it is not there. */
  use(fingerprint: string): boolean {
    const size = this.sizes.get(fingerprint)
    if (size === undefined) return false
    this.sizes.delete(fingerprint)
    this.sizes.set(fingerprint, size)
    return true
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
