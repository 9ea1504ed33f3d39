import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outputs } from '../definition/node-declaration.ts'
import type { OutputRecord } from '../definition/flowing.ts'
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

const suffix = '.memo'

/**
 * Remembers on disk, so that results survive restarts. Each entry is a file that is written beside and renamed, so a
 * process that is killed leaves whole entries only; one that is damaged all the same is a miss, and is removed.
 */
export async function openDiskMemoStore({
  folder,
  maxBytes = 20 * 2 ** 30,
  onError = () => undefined,
}: DiskMemoOptions): Promise<DiskMemoStore> {
  // What is there, the least recently used first.
  const entries = await entriesIn(folder)
  let bytes = [...entries.values()].reduce((total, size) => total + size, 0)
  /** Files are touched one after the other: a run that computes quickly would open thousands. */
  let last: Promise<void> = Promise.resolve()
  let written = 0

  const pathOf = (fingerprint: string) => join(folder, fingerprint.slice(0, 2), fingerprint + suffix)
  const inTurn = (work: () => Promise<void>): void => {
    last = last.then(work).catch(onError)
  }

  async function forget(fingerprint: string): Promise<void> {
    bytes -= entries.get(fingerprint) ?? 0
    entries.delete(fingerprint)
    await rm(pathOf(fingerprint), { force: true })
  }

  async function write(fingerprint: string, results: OutputRecord, outputs: Outputs): Promise<void> {
    const entry = await encodeEntry(results, outputs)
    if (!entry || entry.length > maxBytes) return
    const path = pathOf(fingerprint)
    written++
    const beside = `${path}.${process.pid}-${written}.part`
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(beside, entry)
    await rename(beside, path)
    bytes += entry.length - (entries.get(fingerprint) ?? 0)
    entries.delete(fingerprint)
    entries.set(fingerprint, entry.length)
    for (const oldest of entries.keys()) {
      if (bytes <= maxBytes) break
      await forget(oldest)
    }
  }

  async function read(fingerprint: string, outputs: Outputs): Promise<Remembered | undefined> {
    try {
      const results = await decodeEntry(await readFile(pathOf(fingerprint)), outputs)
      if (results) {
        touch(fingerprint)
        return { results, from: 'disk' }
      }
    } catch (error) {
      if (!isMissing(error)) onError(error)
    }
    inTurn(() => forget(fingerprint))
    return undefined
  }

  function touch(fingerprint: string): void {
    const size = entries.get(fingerprint)
    if (size === undefined) return
    entries.delete(fingerprint)
    entries.set(fingerprint, size)
    inTurn(async () => {
      const now = new Date()
      await utimes(pathOf(fingerprint), now, now)
    })
  }

  return {
    isLasting: true,
    get bytes() {
      return bytes
    },
    get size() {
      return entries.size
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

/**
 * Fingerprints and sizes of the entries, the one used longest ago first. What a killed process left half written is
 * removed.
 */
async function entriesIn(folder: string): Promise<Map<string, number>> {
  await mkdir(folder, { recursive: true })
  const files: { fingerprint: string; size: number; usedAt: number }[] = []
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name)
    if (name.endsWith('.part')) await rm(path, { force: true })
    if (!name.endsWith(suffix)) continue
    const { size, mtimeMs } = await stat(path)
    files.push({ fingerprint: name.slice(name.length - suffix.length - 43, -suffix.length), size, usedAt: mtimeMs })
  }
  files.sort((a, b) => a.usedAt - b.usedAt)
  return new Map(files.map(({ fingerprint, size }) => [fingerprint, size]))
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
