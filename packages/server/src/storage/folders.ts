import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { JsonObject } from '@patchbay/engine/workflow'
import type { FileRecord, ModelDetail, UploadResponse } from '../api/api-types.ts'
import { Failure, notFound } from '../failure.ts'
import { isJsonObject } from '../is-json-object.ts'
import { claimName } from './claim-name.ts'
import { createFolderListing, listUnder, namesIn, wholeFile } from './folder-listing.ts'
import { confinedPath } from './safe-path.ts'
import { type SniffedType, sniff } from './sniff.ts'

export interface FolderRoots {
  /** Uploads go to the first. */
  readonly input: readonly string[]
  readonly output: string
  readonly temp: string
  /** Each model folder may lie in several places; the first that has a name wins. */
  readonly models: { readonly [folder: string]: readonly string[] }
}
export const modelFolderNames = [
  'checkpoints',
  'loras',
  'vae',
  'text_encoders',
  'diffusion_models',
  'clip_vision',
  'style_models',
  'embeddings',
  'diffusers',
  'vae_approx',
  'controlnet',
  'gligen',
  'upscale_models',
  'hypernetworks',
  'photomaker',
  'classifiers',
  'datasets',
  'score_models',
] as const

/** Extensions of files that hold weights. Pictures, texts and settings beside a model are not models. */
export const modelExtensions = [
  '.bin',
  '.ckpt',
  '.gguf',
  '.onnx',
  '.pkl',
  '.pt',
  '.pt2',
  '.pth',
  '.safetensors',
  '.sft',
  '.tflite',
] as const
/** Folders that hold other things than one file of weights a model. */
const anyFile: readonly string[] = ['classifiers', 'datasets', 'score_models']
/** The extensions of a folder's files; none where it may hold any. */
export const extensionsOf = (folder: string): readonly string[] => (anyFile.includes(folder) ? [] : modelExtensions)

/** The folders whose files a workflow may name. */
export interface Folders {
  readonly roots: FolderRoots
  modelFolders(): string[]
  /** Of a file, or of a diffusers folder, which is one checkpoint; throws `not-found`. */
  pathOf(folder: string, name: string): Promise<string>
  /** The places where a folder lies, the one that is looked into first at the beginning. */
  rootsOf(folder: string): readonly string[]
  /**
   * Names of all files, with `/` between parts, sorted; hidden files are left out, and in a model folder what holds no
   * weights. `root` is the one place to look into, by its number.
   */
  names(folder: string, root?: number): Promise<string[]>
  list(folder: string): Promise<FileRecord[]>
  file(folder: string, name: string): Promise<FileRecord & { path: string }>
  detail(folder: string, name: string): Promise<ModelDetail>
  /**
   * Keeps an uploaded file under `folder`. The same name with the same content is that file; with another content it
   * becomes `name (1).ext`, unless `overwrite`.
   */
  keep(folder: string, name: string, bytes: Uint8Array, overwrite?: boolean): Promise<UploadResponse>
  remove(folder: string, name: string): Promise<void>
}

export function createFolders(roots: FolderRoots): Folders {
  const listing = createFolderListing()
  const rootsOf = (folder: string): readonly string[] => {
    if (folder === 'input') return roots.input
    if (folder === 'output' || folder === 'temp') return [roots[folder]]
    const known = Object.hasOwn(roots.models, folder) ? roots.models[folder] : undefined
    if (!known) throw notFound('folder', folder)
    // A tiny autoencoder is a VAE too.
    return folder === 'vae' ? [...known, ...(roots.models['vae_approx'] ?? [])] : known
  }
  const isListed = (folder: string): ((name: string) => boolean) => {
    const extensions = Object.hasOwn(roots.models, folder) ? extensionsOf(folder) : []
    return (name) => extensions.length === 0 || extensions.some((extension) => name.toLowerCase().endsWith(extension))
  }
  async function pathOf(folder: string, name: string): Promise<string> {
    for (const root of rootsOf(folder)) {
      const path = await confinedPath(root, name)
      const stats = await stat(path).catch(() => undefined)
      // A folder counts as a file only when it is a diffusers folder, which is one checkpoint.
      if (stats?.isFile() || (stats?.isDirectory() && existsSync(join(path, wholeFile)))) return path
    }
    throw notFound(`file in ${folder}`, name)
  }
  async function record(folder: string, name: string, path: string): Promise<FileRecord> {
    const stats = await stat(path)
    const { mtimeMs } = stats
    const size = stats.isFile() ? stats.size : await bytesUnder(path)
    const type = stats.isFile() ? await sniffFile(path) : null
    return {
      folder,
      name,
      bytes: size,
      modifiedAt: Math.round(mtimeMs),
      ...(type ? { mime: type.mime } : {}),
      ...(type?.width === undefined ? {} : { width: type.width }),
      ...(type?.height === undefined ? {} : { height: type.height }),
    }
  }

  return {
    roots,
    modelFolders: () => Object.keys(roots.models),
    pathOf,
    rootsOf,
    async names(folder, root) {
      const places = root === undefined ? rootsOf(folder) : rootsOf(folder).slice(root, root + 1)
      const found = await Promise.all(places.map(async (place) => namesIn(await listing(place), isListed(folder))))
      return [...new Set(found.flat())].sort()
    },
    async list(folder) {
      const records: FileRecord[] = []
      for (const name of await this.names(folder)) {
        // A file may go between listing and reading, and a symlink may leave the folder; neither is listed.
        const listed = await pathOf(folder, name).then(
          (path) => record(folder, name, path),
          () => undefined,
        )
        if (listed) records.push(listed)
      }
      return records
    },
    async file(folder, name) {
      const path = await pathOf(folder, name)
      return { ...(await record(folder, name, path)), path }
    },
    async detail(folder, name) {
      const { path, ...file } = await this.file(folder, name)
      if ((await stat(path)).isDirectory()) return { ...file, ...(await detailOfWhole(path)) }
      const header = name.endsWith('.safetensors') ? await safetensorsHeader(path) : {}
      const { __metadata__: metadata, ...tensors } = header
      return {
        ...file,
        hash: await hashOfFile(path),
        metadata: isJsonObject(metadata) ? metadata : {},
        ...(name.endsWith('.safetensors') ? { tensors: Object.keys(tensors).length } : {}),
      }
    },
    async keep(folder, name, bytes, overwrite = false) {
      const type = sniff(bytes)
      if (!type) {
        throw new Failure('wrong-file-type', `"${basename(name)}" is not a file that can be used here.`, {
          hint: 'Upload a PNG, JPEG, WebP, GIF, BMP or AVIF picture, or a .safetensors file.',
        })
      }
      const [root] = rootsOf(folder)
      if (root === undefined) throw notFound('folder', folder)
      const hash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      const wanted = withExtension(name, type)
      const kept = await keepUnder(root, wanted, { bytes, hash }, overwrite)
      return { ...(await record(folder, kept, await confinedPath(root, kept))), hash }
    },
    async remove(folder, name) {
      await rm(await pathOf(folder, name))
    },
  }
}

async function bytesUnder(root: string): Promise<number> {
  const { files: names } = await listUnder(root)
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(root, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Of a diffusers folder: the tensors of all its parts, and a hash of the names and hashes of its files. */
async function detailOfWhole(root: string): Promise<Pick<ModelDetail, 'hash' | 'metadata' | 'tensors'>> {
  const hash = createHash('sha256')
  let tensors = 0
  for (const name of [...(await listUnder(root)).files].sort()) {
    const path = join(root, name)
    hash.update(`${name} ${await hashOfFile(path)}\n`)
    if (!name.endsWith('.safetensors')) continue
    const { __metadata__: _, ...named } = await safetensorsHeader(path)
    tensors += Object.keys(named).length
  }
  return { hash: `sha256:${hash.digest('hex')}`, metadata: {}, tensors }
}

/** The name with the extension of its content. */
function withExtension(name: string, type: SniffedType): string {
  const same = type.extension === 'jpg' ? ['.jpg', '.jpeg'] : [`.${type.extension}`]
  const extension = extname(name)
  if (same.includes(extension.toLowerCase())) return name
  return `${name.slice(0, name.length - extension.length) || 'upload'}.${type.extension}`
}

/**
 * Writes a file whole, and then gives it the first name that is free or has this content already. Each of many who keep
 * files of one name at once gets a name of its own.
 */
async function keepUnder(
  root: string,
  name: string,
  content: { readonly bytes: Uint8Array; readonly hash: string },
  overwrite: boolean,
): Promise<string> {
  const folder = dirname(await confinedPath(root, name))
  await mkdir(folder, { recursive: true })
  const temporary = join(folder, `.upload-${randomUUID()}`)
  try {
    await writeFile(temporary, content.bytes, { flag: 'wx' })
    if (overwrite) {
      await rename(temporary, await confinedPath(root, name))
      return name
    }
    for (const candidate of candidates(name)) {
      const path = await confinedPath(root, candidate)
      if ((await claimName(temporary, path)) || (await hasContent(path, content))) return candidate
    }
    throw new Error(`No name is free for ${name}.`)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** `fox.png`, `fox (1).png`, `fox (2).png` and so on. */
function* candidates(name: string): Generator<string> {
  const extension = extname(name)
  const stem = name.slice(0, name.length - extension.length)
  yield name
  for (let index = 1; ; index++) yield `${stem} (${index})${extension}`
}

async function hasContent(path: string, { bytes, hash }: { bytes: Uint8Array; hash: string }): Promise<boolean> {
  const stats = await stat(path)
  return stats.isFile() && stats.size === bytes.length && (await hashOfFile(path)) === hash
}

async function sniffFile(path: string): Promise<SniffedType | null> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0)
    return sniff(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return `sha256:${hash.digest('hex')}`
}

const maxHeader = 100_000_000
/**
 * The JSON at the start of a safetensors file; `{}` when it is not one, its length lies, or it is longer than `limit`.
 */
export async function safetensorsHeader(path: string, limit = maxHeader): Promise<JsonObject> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size < 10) return {}
    const prefix = Buffer.alloc(8)
    await file.read(prefix, 0, 8, 0)
    const length = prefix.readBigUInt64LE()
    if (length > BigInt(limit) || Number(length) + 8 > size) return {}
    const text = Buffer.alloc(Number(length))
    await file.read(text, 0, text.length, 8)
    const header: unknown = JSON.parse(text.toString())
    return isJsonObject(header) ? header : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  } finally {
    await file.close()
  }
}
