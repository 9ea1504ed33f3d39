import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { openSafetensors } from './safetensors.ts'
import { writeSafetensors, type WriteOptions } from './safetensors-writer.ts'
import { createWeightSource, weightByteLength, type WeightSource } from './weight-source.ts'
import type { Weight } from './weight.ts'

/** A file in the cache that holds some weights of a source in another form. */
export interface CachedWeights {
  readonly path: string
  /** Whether it is there already, so that opening it costs nothing. */
  readonly ready: boolean
  /** Opens the file, after writing it where it is not there. */
  open(): WeightSource
}

export interface CacheOptions extends WriteOptions {
  /** Bytes that the files of the folder may take together. Default 32 GiB. */
  readonly limit?: number
}

/**
 * The place in `folder` for a form of weights. It is named by what they are made from (paths, sizes, times of change,
 * ranges) and by `form`, so that a changed file is never mistaken for the old one. Nothing is written yet. After a file
 * is written, those unused for longest are removed until the folder is within its limit.
 */
export function cachedWeights(
  folder: string,
  form: string,
  origins: readonly Weight[],
  made: () => readonly Weight[],
  { limit = 32 * 2 ** 30, ...options }: CacheOptions = {},
): CachedWeights {
  const path = join(folder, `${form}-${identityOf(form, origins)}.safetensors`)
  return {
    path,
    ready: existsSync(path),
    open: () => {
      if (!existsSync(path)) {
        mkdirSync(folder, { recursive: true })
        writeSafetensors(path, createWeightSource(made()), { metadata: { form }, ...options })
        pruneWeightCache(folder, limit, path)
      }
      markUsed(path)
      return openSafetensors(path)
    },
  }
}

/** What this cache writes, whole or in the making; other files of the folder are none of its business. */
const ownNames = /^[a-z0-9]+-[0-9a-f]{32}\.safetensors(\.partial-\d+)?$/

/** A file in the making that has not grown for an hour was left by a process that died. */
const abandonedMs = 3_600_000

/**
 * Removes cached weights, those unused for longest first, until the others take at most `limit` bytes; `keep` stays
 * whatever its size. A file that a running model maps may go: the system keeps it until it is let go, or refuses, and
 * then it is removed another time.
 */
export function pruneWeightCache(folder: string, limit: number, keep?: string): void {
  const files = readdirSync(folder)
    .filter((name) => ownNames.test(name))
    .map((name) => join(folder, name))
    .flatMap((path) => {
      const about = statSync(path, { throwIfNoEntry: false })
      return about ? [{ path, bytes: about.size, usedMs: about.atimeMs, changedMs: about.mtimeMs }] : []
    })
  const isPartial = (path: string): boolean => !path.endsWith('.safetensors')
  for (const { path, changedMs } of files)
    if (isPartial(path) && changedMs < Date.now() - abandonedMs) rmSync(path, { force: true })
  const whole = files.filter(({ path }) => !isPartial(path))
  let total = whole.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const { path, bytes } of whole.filter((file) => file.path !== keep).toSorted((a, b) => a.usedMs - b.usedMs)) {
    if (total <= limit) return
    try {
      rmSync(path, { force: true })
      total -= bytes
    } catch {
      // In use on a system that does not remove such files: it counts until it is free.
    }
  }
}

/** Sets the time of last use, which not every file system keeps by itself; the time of change stays. */
function markUsed(path: string): void {
  try {
    utimesSync(path, new Date(), statSync(path).mtime)
  } catch {
    // A cache that is shared and may only be read: its owner keeps the times.
  }
}

function identityOf(form: string, origins: readonly Weight[]): string {
  const hash = createHash('sha256').update(form)
  const files = new Map<string, string>()
  for (const weight of origins) {
    const { name, dtype, shape, decodedFrom } = weight
    const place = decodedFrom ?? weight.place
    hash.update(`\n${name} ${dtype} ${shape.join('x')} ${weightByteLength(weight)} `)
    if (place.type === 'memory') hash.update(place.bytes)
    else {
      const known = files.get(place.path) ?? fileIdentity(place.path)
      files.set(place.path, known)
      hash.update(`${known} ${place.offset}`)
    }
  }
  return hash.digest('hex').slice(0, 32)
}

function fileIdentity(path: string): string {
  const { size, mtimeMs, ino } = statSync(path)
  return `${path} ${size} ${mtimeMs} ${ino}`
}
