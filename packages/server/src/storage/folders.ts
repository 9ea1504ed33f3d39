import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { FileRecord, ModelDetail, UploadResponse } from '../api/api-types.ts'
import { Failure, notFound } from '../failure.ts'
import { createFolderListing, listUnder, namesIn, wholeFile } from './folder-listing.ts'
import { keepUnder, withExtension } from './keep-upload.ts'
import { detailOf } from './model-detail.ts'
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
  'inpaint',
  'ipadapter',
  'photomaker',
  'classifiers',
  'datasets',
  'score_models',
  'captioners',
  'flows',
  'image_tokenizers',
  'token_models',
  'talking_heads',
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
const anyFile: readonly string[] = ['captioners', 'classifiers', 'datasets', 'score_models']
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
   * Names of all files, with `/` between parts, sorted; hidden files are left out, and in a model folder what
   * holds no weights. `root` is the one place to look into, by its number.
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
  const { rootsOf, isListed, pathOf } = createPlaces(roots)
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
      return { ...file, ...(await detailOf(path)) }
    },
    async keep(folder, name, bytes, overwrite = false) {
      const type = sniff(bytes)
      if (!type) {
        throw new Failure('wrong-file-type', `"${basename(name)}" is not a file that can be used here.`, {
          hint: 'Upload a PNG, JPEG, WebP, GIF, BMP or AVIF picture, an MP4 or WebM video, a WAV, MP3, Ogg or FLAC sound, or a .safetensors file.',
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

/** Where folders lie, and which of their files may be chosen. */
function createPlaces(roots: FolderRoots) {
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
  return { rootsOf, isListed, pathOf }
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

async function bytesUnder(root: string): Promise<number> {
  const { files: names } = await listUnder(root)
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(root, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
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
