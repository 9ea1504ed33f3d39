import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import type { ArtifactRef } from '@patchbay/engine/workflow'
import { type ArtifactRequest, type Device, type Services, createLocalServices } from '@patchbay/nodes'
import type { PublishingArtifactStore } from '../store/artifact-store.ts'
import type { EarlierOutput } from '../store/stored-job.ts'
import { createArtifactFolder } from '../storage/artifact-folder.ts'
import { withDates } from '../storage/date-text.ts'
import { confinedPath, isPlainPath } from '../storage/safe-path.ts'
import { inFolder } from '../storage/system-errors.ts'
import type { WeightCache } from './weight-cache.ts'

export interface HostOptions {
  readonly artifactDirectory: string
  readonly inputDirectory: string
  readonly outputDirectory: string
  /** Where training states and fetched data are kept. */
  readonly workDirectory: string
  readonly tempDirectory: string
  readonly modelFolders: { readonly [folder: string]: readonly string[] }
  readonly device: Device
  readonly weightCache?: WeightCache
  readonly precision?: Services['precision']
}
export interface Host {
  /** What the nodes of one run may ask of this machine. Runs share the models that are loaded. */
  servicesFor(embedded: Services['embedded'], earlier?: readonly EarlierOutput[]): Services
  readonly services: Services
}

/**
 * This machine as nodes see it: files of known folders, loaded models, and a store that keeps what they make by its
 * content.
 */
export function createHost(options: HostOptions): Host {
  const { modelFolders, inputDirectory, outputDirectory, tempDirectory, workDirectory, artifactDirectory } = options
  const { device, weightCache } = options
  const { name: _, ...deviceOptions } = device
  const store = createArtifactFolder(artifactDirectory)
  const services: Services = {
    ...createLocalServices({
      ...deviceOptions,
      folders: { ...modelFolders, input: [inputDirectory], output: [outputDirectory], temp: [tempDirectory] },
      output: outputDirectory,
      work: workDirectory,
      ...(options.precision && { precision: options.precision }),
      ...(weightCache && { cacheFolder: weightCache.folder, cacheLimit: weightCache.maxBytes, fillCache: true }),
    }),
    saveArtifact: saveArtifacts(store, options, []),
  }
  return {
    services,
    servicesFor: (embedded, earlier = []) => ({
      ...services,
      embedded,
      saveArtifact: saveArtifacts(store, options, earlier),
    }),
  }
}

/**
 * Keeps files for one run. One that a broken run of the same job has published already keeps its name, so that it is
 * there once.
 */
function saveArtifacts(
  store: PublishingArtifactStore,
  { artifactDirectory, outputDirectory, tempDirectory }: HostOptions,
  earlier: readonly EarlierOutput[],
): Services['saveArtifact'] {
  const reusable = [...earlier]
  async function nameUsedBefore(hash: string, folder: string): Promise<string | undefined> {
    for (const output of reusable.filter((candidate) => candidate.hash === hash)) {
      reusable.splice(reusable.indexOf(output), 1)
      if (await store.isPublished(hash, await confinedPath(folder, output.name))) return output.name
    }
    return undefined
  }
  return async (bytes, about) => {
    const hash = await inFolder(artifactDirectory, () => store.save(bytes))
    const { mime, kind, width, height, temporary } = about
    const folder = temporary ? tempDirectory : outputDirectory
    const name = await inFolder(
      folder,
      async () => (await nameUsedBefore(hash, folder)) ?? (await publish(store, hash, folder, about)),
    )
    const size = { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) }
    return {
      hash,
      name,
      mime,
      bytes: bytes.length,
      kind,
      ...size,
      ...(temporary ? { temporary } : {}),
    } satisfies ArtifactRef
  }
}

/** Puts a kept file into the output folder as `<prefix>_<number>_.<extension>`, at the first number that is free. */
async function publish(
  store: PublishingArtifactStore,
  hash: string,
  outputDirectory: string,
  about: ArtifactRequest,
): Promise<string> {
  const prefix = plainPrefix(filledPrefix(about, new Date()))
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
    if (await store.publish(hash, await confinedPath(outputDirectory, name))) return name
  }
}

/**
 * A prefix as a path within its folder: either slash between folders, and none where one says nothing (`a//b`, `./a`).
 * Throws an Error that names the prefix where it leaves the folder, or is no name that every system can keep.
 */
export function plainPrefix(wanted: string): string {
  const path = posix.normalize(wanted.replaceAll('\\', '/')).replace(/\/$/, '')
  if (isPlainPath(path)) return path
  const leaves = path.startsWith('/') || path === '..' || path.startsWith('../')
  const reason = leaves
    ? 'it leaves the folder of results; give a name within it'
    : 'it is no name that every system can keep; use letters, digits and spaces, with / between folders'
  throw new Error(`Nothing is saved under the prefix ${JSON.stringify(wanted)}: ${reason}.`)
}

/**
 * `%date:yyyy-MM-dd%`, `%year%`, `%month%`, `%day%`, `%hour%`, `%minute%`, `%second%`, `%width%`, `%height%` and
 * `%batch_num%` in a file name.
 */
export function filledPrefix({ prefix, width, height, index }: Omit<ArtifactRequest, 'mime'>, now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const values: { readonly [token: string]: string | number | undefined } = {
    year: now.getFullYear(),
    month: two(now.getMonth() + 1),
    day: two(now.getDate()),
    hour: two(now.getHours()),
    minute: two(now.getMinutes()),
    second: two(now.getSeconds()),
    width,
    height,
    batch_num: index,
  }
  return withDates(prefix, now).replace(/%([a-z_]+)%/g, (token, name: string) =>
    Object.hasOwn(values, name) ? String(values[name] ?? token) : token,
  )
}
