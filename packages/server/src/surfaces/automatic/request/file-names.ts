import { listed, nearestName } from '@patchbay/engine'
import { Failure } from '../../../failure.ts'
import type { Folders } from '../../../storage/folders.ts'

/** The folders whose files a request may name. */
export const namedFolders = ['checkpoints', 'loras', 'vae', 'upscale_models', 'embeddings'] as const
export type NamedFolder = (typeof namedFolders)[number]

const kinds: { readonly [folder in NamedFolder]: { readonly noun: string; readonly list: string } } = {
  checkpoints: { noun: 'checkpoint', list: 'sd-models' },
  loras: { noun: 'LoRA', list: 'loras' },
  vae: { noun: 'VAE', list: 'sd-vae' },
  upscale_models: { noun: 'upscaler', list: 'upscalers' },
  embeddings: { noun: 'embedding', list: 'embeddings' },
}

/** Finds files by the names that people give them. */
export interface FileNames {
  /** The file's name in its folder. */
  file(folder: NamedFolder, asked: string): string
  /** All there are. */
  all(folder: NamedFolder): readonly string[]
}

/** `a/b.safetensors` as `a/b`. A dot of a version is no extension. */
export const withoutExtension = (name: string): string =>
  name.replace(/\.(safetensors|ckpt|pth?|bin|sft|onnx|gguf)$/i, '')
const baseOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1)

/**
 * The file that a name means: its path, with or without its extension, or the last part of it, as AUTOMATIC1111 names
 * files; first as it is written, then whatever the case. A hash in brackets behind it is not read.
 */
export function fileNamed(asked: string, names: readonly string[]): string | undefined {
  const bare = withoutExtension(
    asked
      .replaceAll('\\', '/')
      .replace(/ \[[0-9a-f]+\]$/, '')
      .trim(),
  )
  const forms = [
    (name: string) => name,
    (name: string) => baseOf(name),
    (name: string) => name.toLowerCase(),
    (name: string) => baseOf(name).toLowerCase(),
  ]
  for (const form of forms) {
    const found = names.find((name) => form(withoutExtension(name)) === form(bare))
    if (found !== undefined) return found
  }
  return undefined
}

export type Listing = { readonly [folder in NamedFolder]: readonly string[] }

/** What the folders hold at this moment. */
export async function listingOf(folders: Pick<Folders, 'names'>): Promise<Listing> {
  const [checkpoints, loras, vae, upscalers, embeddings] = await Promise.all(
    namedFolders.map((folder) => folders.names(folder)),
  )
  return {
    checkpoints: checkpoints ?? [],
    loras: loras ?? [],
    vae: vae ?? [],
    upscale_models: upscalers ?? [],
    embeddings: embeddings ?? [],
  }
}

/**
 * Files that have to be there.
 * @throws {Failure} `invalid-request` with the nearest name for one that is not.
 */
export function presentFiles(listing: Listing): FileNames {
  return {
    all: (folder) => listing[folder],
    file(folder, asked) {
      const found = fileNamed(asked, listing[folder])
      if (found !== undefined) return found
      const names = listing[folder].map(withoutExtension)
      const meant = nearestName(withoutExtension(asked), names)
      const { noun, list } = kinds[folder]
      throw new Failure(
        'invalid-request',
        `There is no ${noun} "${asked}".${meant === undefined ? '' : ` Did you mean "${meant}"?`}`,
        { hint: `GET /sdapi/v1/${list} lists those that there are: ${listed(names)}.` },
      )
    },
  }
}

/**
 * Files that may be elsewhere: a name that is not found is kept, with the usual extension, and told where `problems` is
 * given.
 */
export function namesAnywhere(listing: Listing | undefined, problems?: string[]): FileNames {
  return {
    all: (folder) => listing?.[folder] ?? [],
    file(folder, asked) {
      const found = listing && fileNamed(asked, listing[folder])
      if (found !== undefined) return found
      const { noun } = kinds[folder]
      if (listing)
        problems?.push(`The ${noun} "${asked}" is not here: put it into models/${folder}, or choose another.`)
      return withoutExtension(asked) === asked ? `${asked}.safetensors` : asked
    },
  }
}
