import { copyFile, link, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ArtifactRef } from '@patchbay/engine/workflow'
import type { ArtifactRequest, DeviceOptions, Services } from '@patchbay/nodes'
import { MissingFileError } from '@patchbay/nodes'
import { createArtifactStore } from '../storage/artifact-store.ts'
import { confinedPath, isMissing, isPlainPath } from '../storage/safe-path.ts'

export interface HostOptions {
  readonly artifactDirectory: string
  readonly inputDirectory: string
  readonly outputDirectory: string
  readonly modelFolders: { readonly [folder: string]: readonly string[] }
  readonly device: DeviceOptions
}

/** What nodes may ask of this machine, for one run: files of known folders, and a place for what they make. */
export function createHostServices(options: HostOptions, embedded: Services['embedded']): Services {
  const store = createArtifactStore(options.artifactDirectory)
  const rootsOf = (folder: string): readonly string[] => {
    if (folder === 'input') return [options.inputDirectory]
    if (folder === 'output') return [options.outputDirectory]
    return Object.hasOwn(options.modelFolders, folder) ? (options.modelFolders[folder] ?? []) : []
  }
  async function namesIn(folder: string): Promise<readonly string[]> {
    const found = await Promise.all(rootsOf(folder).map((root) => entriesUnder(root)))
    return [...new Set(found.flat())].sort()
  }
  return {
    namesIn,
    async pathOf(folder, name) {
      for (const root of rootsOf(folder)) {
        if (!isPlainPath(name)) break
        const path = await confinedPath(root, name).catch(() => undefined)
        if (path !== undefined && (await exists(path))) return path
      }
      throw new MissingFileError(folder, name, await namesIn(folder))
    },
    async saveArtifact(bytes, about) {
      const hash = await store.save(bytes)
      const name = await publish(store.pathOf(hash), options.outputDirectory, about)
      const { mime, kind, width, height } = about
      const size = { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) }
      return { hash, name, mime, bytes: bytes.length, kind, ...size } satisfies ArtifactRef
    },
    embedded,
    device: options.device,
  }
}

/** Puts a kept file into the output folder as `<prefix>_<number>_.<extension>`, at the first number that is free. */
async function publish(source: string, outputDirectory: string, about: ArtifactRequest): Promise<string> {
  const prefix = isPlainPath(about.prefix) ? about.prefix : 'output'
  const folder = dirname(prefix) === '.' ? '' : `${dirname(prefix)}/`
  const directory = join(outputDirectory, folder)
  await mkdir(directory, { recursive: true })
  const stem = prefix.slice(folder.length)
  const taken = (await readdir(directory)).flatMap((name) => {
    const rest = name.startsWith(`${stem}_`) ? /^(\d{1,10})_\./.exec(name.slice(stem.length + 1)) : null
    return rest ? [Number(rest[1])] : []
  })
  for (let number = Math.max(0, ...taken) + 1; ; number++) {
    const name = `${folder}${stem}_${String(number).padStart(5, '0')}_.${about.extension}`
    // Making the name is what claims it, so two runners never write the same file.
    if (await claim(source, await confinedPath(outputDirectory, name))) return name
  }
}

/** A hard link costs no space; across file systems it is a copy. */
async function claim(source: string, target: string): Promise<boolean> {
  const refusal = (error: NodeJS.ErrnoException) => error.code
  const linked = await link(source, target).then(() => undefined, refusal)
  if (linked === undefined) return true
  if (linked === 'EEXIST') return false
  await copyFile(source, target, 1)
  return true
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false
      throw error
    },
  )
}

/** Files, and folders that are one checkpoint (diffusers' layout has a `model_index.json`), by path below the root. */
async function entriesUnder(root: string, below = '', depth = 0): Promise<string[]> {
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const visible = entries.filter(({ name }) => !name.startsWith('.'))
  if (depth > 0 && visible.some(({ name }) => name === 'model_index.json')) return [below]
  const found = await Promise.all(
    visible.map((entry) => {
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      return entry.isDirectory() && depth < 8 ? entriesUnder(root, name, depth + 1) : [name]
    }),
  )
  return found.flat()
}
