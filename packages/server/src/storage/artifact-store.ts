import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, opendir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isMissing } from './safe-path.ts'

const hashPattern = /^sha256:[0-9a-f]{64}$/
export const isArtifactHash = (text: string): boolean => hashPattern.test(text)

export type ArtifactStore = ReturnType<typeof createArtifactStore>

/** Kept files by content hash, `<root>/ab/abcdef…`: written once, never changed. Shared by the server and its runners. */
export function createArtifactStore(root: string) {
  const pathOf = (hash: string): string => {
    if (!isArtifactHash(hash)) throw new Error(`Not a content hash: ${hash}`)
    const digest = hash.slice('sha256:'.length)
    return join(root, digest.slice(0, 2), digest)
  }
  return {
    pathOf,
    /** Keeps bytes; the same bytes again cost only the hash. */
    async save(bytes: Uint8Array): Promise<string> {
      const hash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      const path = pathOf(hash)
      if (await sizeOf(path)) {
        // Its time of status change says that it is in use, whatever else is removed just now.
        const { atime, mtime } = await stat(path)
        await utimes(path, atime, mtime)
        return hash
      }
      await mkdir(join(path, '..'), { recursive: true })
      const temporary = `${path}.${process.pid}.${process.hrtime.bigint()}`
      try {
        await writeFile(temporary, bytes)
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
      return hash
    },
    /** In bytes; undefined when it is not kept here. */
    size: (hash: string): Promise<number | undefined> => sizeOf(pathOf(hash)),
    /** Bytes `start` to `end`, both included. */
    read: (hash: string, range?: { start: number; end: number }): Readable => createReadStream(pathOf(hash), range),
    /** Every file that is kept, in no order. `changedAt` is when it was last kept or linked. */
    async *kept(): AsyncGenerator<{ hash: string; bytes: number; changedAt: number }> {
      for await (const folder of entriesOf(root)) {
        if (!/^[0-9a-f]{2}$/.test(folder)) continue
        for await (const name of entriesOf(join(root, folder))) {
          const path = join(root, folder, name)
          const stats = await stat(path).catch(() => undefined)
          if (!stats) continue
          if (/^[0-9a-f]{64}$/.test(name)) yield { hash: `sha256:${name}`, bytes: stats.size, changedAt: stats.ctimeMs }
          // What a process that died while it wrote has left.
          else if (stats.ctimeMs < Date.now() - 24 * 3_600_000) await rm(path, { force: true })
        }
      }
    },
    remove: (hash: string): Promise<void> => rm(pathOf(hash), { force: true }),
  }
}

async function* entriesOf(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of await opendir(folder)) yield name
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
