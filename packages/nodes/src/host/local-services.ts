import { createHash } from 'node:crypto'
import { mkdir, readdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ArtifactRef } from '@patchbay/engine/workflow'
import { createCalibration } from '../networks/calibration.ts'
import { createSentenceTokenizer } from '../networks/sentence-encoder.ts'
import { createSessions, type SessionsOptions } from '../networks/sessions.ts'
import { MissingFileError, type ArtifactRequest, type Services, type Tokenizers } from './services.ts'
import { loadClipTokenizer, type ClipTokenizer } from '../tokenizer/clip-tokenizer.ts'
import { loadQwenTokenizer } from '../tokenizer/qwen-tokenizer.ts'
import { loadT5Tokenizer } from '../tokenizer/t5-tokenizer.ts'
import type { TextTokenizer, WordTokenizer } from '../tokenizer/text-tokenizer.ts'
import { openTokenizerFile } from '../tokenizer/tokenizer-file.ts'
import type { UnigramTokenizer } from '../tokenizer/unigram.ts'

export interface LocalServicesOptions extends SessionsOptions {
  /** Folders by name, each in one or several places; the first that has a file wins. `input` and the model folders. */
  readonly folders?: { readonly [folder: string]: readonly string[] }
  /** Where pictures and other results go. */
  readonly output: string
  /** Where training states and fetched data are kept; `.work` in the output folder where it is not given. */
  readonly work?: string
  readonly embedded?: Services['embedded']
  /** What `auto` means where a loader is asked for a precision. Default `exact`. */
  readonly precision?: Services['precision']
}

/** What ships with this package: `checkpoints/` and other model folders. */
export const bundledModels = fileURLToPath(new URL('../../assets', import.meta.url))

/** Services over plain folders: for a command, a test or a program of one's own. */
export function createLocalServices({
  folders = {},
  output,
  work = join(output, '.work'),
  embedded = {},
  precision = 'exact',
  ...device
}: LocalServicesOptions): Services {
  const ownRootsOf = (folder: string) => [...(folders[folder] ?? []), join(bundledModels, folder)]
  // A tiny autoencoder is a VAE too.
  const rootsOf = (folder: string) => (folder === 'vae' ? ['vae', 'vae_approx'] : [folder]).flatMap(ownRootsOf)
  const namesIn = async (folder: string): Promise<readonly string[]> => {
    const found = await Promise.all(rootsOf(folder).map(namesUnder))
    return [...new Set(found.flat())].sort()
  }
  return {
    embedded,
    precision,
    device: {
      ...(device.provider && { provider: device.provider }),
      ...(device.threads !== undefined && { threads: device.threads }),
    },
    sessions: createSessions({
      calibration: createCalibration(device.provider ?? 'cpu', join(work, 'calibration.json')),
      ...device,
    }),
    tokenizers: createTokenizers(),
    namesIn,
    async pathOf(folder, name) {
      for (const [at, file] of placesOf(folder, name)) {
        for (const root of file === '' ? [] : rootsOf(at)) {
          const path = await confined(root, file)
          if (path !== undefined) return path
        }
      }
      throw new MissingFileError(folder, name, await namesIn(folder))
    },
    async newPath(folder, name) {
      const [root] = folders[folder] ?? []
      if (root === undefined) throw new Error(`This host has no folder of its own for ${folder}.`)
      const path = below(root, name)
      await mkdir(dirname(path), { recursive: true })
      return path
    },
    async workFolder(name) {
      const path = below(work, name)
      await mkdir(path, { recursive: true })
      return path
    },
    saveArtifact: (bytes, about) => save(output, bytes, about),
  }
}

/** Where a file may lie: of the input folder also `a.png [output]`, which says its folder itself. */
function placesOf(folder: string, name: string): readonly (readonly [folder: string, name: string])[] {
  const [, file = '', other = ''] = (folder === 'input' && /^(.+) \[(input|output|temp)\]$/.exec(name)) || []
  return other === ''
    ? [[folder, name]]
    : [
        [folder, name],
        [other, file],
      ]
}

/** Vocabularies that are read once, when they are first asked for. */
export function createTokenizers(): Tokenizers {
  let clip: Promise<ClipTokenizer> | undefined
  let sentence: UnigramTokenizer | undefined
  let t5: Promise<TextTokenizer> | undefined
  let qwen: Promise<TextTokenizer> | undefined
  const files = new Map<string, WordTokenizer>()
  return {
    clip: () => (clip ??= loadClipTokenizer()),
    sentence: () => (sentence ??= createSentenceTokenizer()),
    t5: () => (t5 ??= loadT5Tokenizer()),
    qwen: () => (qwen ??= loadQwenTokenizer()),
    file(path) {
      const known = files.get(path) ?? openTokenizerFile(path)
      files.set(path, known)
      return known
    },
  }
}

/** The path of a name that need not be there yet. */
function below(root: string, name: string): string {
  const isPlain = name.split('/').every((part) => /^[^.\\:\u0000-\u001f][^\\:\u0000-\u001f]*$/.test(part))
  if (isPlain) return join(root, name)
  throw new Error(
    `${JSON.stringify(name)} is no name to save under: use letters, digits and spaces, with / between folders and no dot at the start.`,
  )
}

/** The path of a name under a root; undefined when it is not there or, by its name or a symlink, elsewhere. */
async function confined(root: string, name: string): Promise<string | undefined> {
  try {
    const [realRoot, real] = await Promise.all([realpath(root), realpath(join(root, name))])
    return real.startsWith(realRoot + sep) ? join(root, name) : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function namesUnder(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const pathOf = (entry: (typeof entries)[number]) => relative(root, join(entry.parentPath, entry.name))
  // A diffusers folder stands for all that is in it.
  const wholes = entries.filter(({ name }) => name === 'model_index.json').map((entry) => dirname(pathOf(entry)))
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(pathOf)
  const outside = files.filter((file) => !wholes.some((whole) => file.startsWith(whole + sep)))
  return [...wholes, ...outside].map((path) => path.split(sep).join('/'))
}

async function save(output: string, bytes: Uint8Array, about: ArtifactRequest): Promise<ArtifactRef> {
  const { prefix, extension, kind, mime, width, height } = about
  const folder = dirname(join(output, prefix))
  if (relative(output, folder).startsWith('..'))
    throw new Error(`The name ${JSON.stringify(prefix)} leaves its folder.`)
  await mkdir(folder, { recursive: true })
  for (let number = 1; ; number++) {
    const name = `${prefix}-${String(number).padStart(5, '0')}.${extension}`
    try {
      await writeFile(join(output, name), bytes, { flag: 'wx' })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue
      throw error
    }
    const hash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    return {
      hash,
      name,
      mime,
      bytes: bytes.byteLength,
      kind,
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
