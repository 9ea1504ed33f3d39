import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, opendir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type KeptFile, type PublishingArtifactStore, isArtifactHash } from '../store/artifact-store.ts'
import { claimName } from './claim-name.ts'
import { isMissing } from './safe-path.ts'

/** An artifact store in a folder, `<root>/ab/abcdef…`. */
export function createArtifactFolder(root: string): PublishingArtifactStore {
  const pathOf = (hash: string): string => {
    if (!isArtifactHash(hash)) throw new Error(`Not a content hash: ${hash}`)
    const digest = hash.slice('sha256:'.length)
    return join(root, digest.slice(0, 2), digest)
  }
  return {
    async save(bytes) {
      const hash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      const path = pathOf(hash)
      // Its time of status change says that it is in use, whatever else is removed just now.
      if (!(await touched(path))) await writeWhole(path, bytes)
      return hash
    },
    size: async (hash) => (await statsOf(pathOf(hash)))?.size,
    open: (hash, range) => createReadStream(pathOf(hash), range),
    read: (hash) => readFile(pathOf(hash)).catch(missing),
    kept: () => keptIn(root),
    remove: (hash) => rm(pathOf(hash), { force: true }),

    async publish(hash, path) {
      await mkdir(dirname(path), { recursive: true })
      return claimName(pathOf(hash), path)
    },
    async isPublished(hash, path) {
      const [kept, there] = [await statsOf(pathOf(hash)), await statsOf(path)]
      if (!kept || !there?.isFile() || kept.size !== there.size) return false
      if (kept.ino === there.ino && kept.dev === there.dev) return true
      return (await readFile(pathOf(hash))).equals(await readFile(path))
    },
  }
}

/** False where there is no such file yet, or only an empty one. */
async function touched(path: string): Promise<boolean> {
  const stats = await statsOf(path)
  if (!stats?.size) return false
  await utimes(path, stats.atime, stats.mtime)
  return true
}

/** Appears under its name when it is whole. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.${process.hrtime.bigint()}`
  try {
    await writeFile(temporary, bytes)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function* keptIn(root: string): AsyncGenerator<KeptFile> {
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
}

async function* entriesOf(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of await opendir(folder)) yield name
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

const missing = (error: unknown): undefined => {
  if (isMissing(error)) return undefined
  throw error
}
const statsOf = (path: string) => stat(path).catch(missing)
