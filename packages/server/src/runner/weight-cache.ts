import { readdir, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isMissing } from '../storage/safe-path.ts'

/** Where float32 copies of large models' weights lie, and how much they may take together. */
export interface WeightCache {
  readonly folder: string
  readonly maxBytes: number
}

const gibibyte = 2 ** 30
/** A copy of the smallest model that gains much by one, Stable Diffusion 1, takes 4 GB with its parts. */
const leastBytes = 8 * gibibyte
const mostBytes = 32 * gibibyte

/**
 * The cache in a folder, of the size that was asked for; 0 is none. Where none was asked for: a quarter of what the
 * disk has free (what the cache holds counted as free), at most 32 GiB, and no cache where that is less than 8 GiB.
 */
export async function weightCacheOf(folder: string, asked: number | undefined): Promise<WeightCache | undefined> {
  const maxBytes = asked ?? defaultBytes((await freeBytes(folder)) + (await bytesIn(folder)))
  return maxBytes === 0 ? undefined : { folder, maxBytes }
}

export function defaultBytes(free: number): number {
  const quarter = Math.floor(free / 4)
  return quarter < leastBytes ? 0 : Math.min(quarter, mostBytes)
}

/** Of the disk where the folder lies, or will lie once it is made. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch (error) {
    return isMissing(error) && dirname(folder) !== folder ? freeBytes(dirname(folder)) : 0
  }
}
async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
