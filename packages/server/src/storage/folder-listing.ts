import { readdir, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { isMissing } from './safe-path.ts'

/** What a diffusers folder is known by. */
export const wholeFile = 'model_index.json'

/** What lies under a folder, with `/` between parts, hidden files left out. */
export interface FolderContent {
  readonly files: readonly string[]
  /** Diffusers folders; each is one checkpoint and stands for all that is in it. */
  readonly wholes: readonly string[]
}
interface Listed extends FolderContent {
  /** The folder and all folders in it, with the times at which names in them changed. */
  readonly times: readonly (readonly [path: string, changedAt: number])[]
}

/**
 * A folder that changed within so many ms may change once more without its time telling: clocks of file systems are
 * coarse.
 */
const settledMs = 2_000

/** Lists folders, and keeps a list for as long as the times of the folders in it stay the same. */
export function createFolderListing(): (root: string) => Promise<FolderContent> {
  const kept = new Map<string, Listed>()
  return async (root) => {
    const known = kept.get(root)
    if (known && (await isUnchanged(known))) return known
    const listed = await listUnder(root)
    const newest = Math.max(0, ...listed.times.map(([, changedAt]) => changedAt))
    if (listed.times.length > 0 && newest < Date.now() - settledMs) kept.set(root, listed)
    else kept.delete(root)
    return listed
  }
}

async function isUnchanged({ times }: Listed): Promise<boolean> {
  const now = await Promise.all(times.map(([path]) => changedAt(path)))
  return times.every(([, before], index) => before === now[index])
}
const changedAt = async (path: string): Promise<number | undefined> =>
  (await stat(path).catch(() => undefined))?.mtimeMs

export async function listUnder(root: string): Promise<Listed> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (!entries) return { files: [], wholes: [], times: [] }
  const pathOf = (entry: (typeof entries)[number]) =>
    relative(root, join(entry.parentPath, entry.name)).split(sep).join('/')
  const isShown = (name: string) => !name.split('/').some((part) => part.startsWith('.'))
  const folders = [
    root,
    ...entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name)),
  ]
  const times = await Promise.all(folders.map(async (path) => [path, (await changedAt(path)) ?? Infinity] as const))
  const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map(pathOf)
  const wholes = entries.filter(({ name }) => name === wholeFile).map((entry) => dirname(pathOf(entry)))
  return { files: files.filter(isShown), wholes: wholes.filter(isShown), times }
}

/** What may be chosen: diffusers folders, and files that are listed and belong to none. */
export function namesIn({ files, wholes }: FolderContent, isListed: (name: string) => boolean): string[] {
  const single = files.filter((name) => isListed(name) && !wholes.some((whole) => name.startsWith(`${whole}/`)))
  return [...wholes, ...single]
}
