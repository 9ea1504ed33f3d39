import { didYouMean } from '@patchbay/engine'
import type { ArtifactRef } from '@patchbay/engine/workflow'
import type { Precision } from '../architectures/kinds/precision.ts'
import type { Device } from '../networks/device.ts'
import type { Sessions } from '../networks/sessions.ts'
import type { ClipTokenizer } from '../tokenizer/clip-tokenizer.ts'
import type { TextTokenizer, WordTokenizer } from '../tokenizer/text-tokenizer.ts'
import type { UnigramTokenizer } from '../tokenizer/unigram.ts'

/** What the nodes of this package ask of their host. The host decides where files are and what a node may reach. */
export interface Services {
  /**
   * Where a file that a value names lies: `folder` is `input`, `output` or a model folder such as `checkpoints`. A
   * folder of files (a diffusers checkpoint) counts as one. Throws a `MissingFileError` for a name that is not there
   * or leaves its folder.
   */
  pathOf(folder: string, name: string): Promise<string>
  /**
   * Where a file or folder of this name is to be written so that `pathOf` finds it: in the host's own place, never
   * among what ships. The folders on the way are there. Throws an Error for a name that leaves its folder, or a host
   * that has no place for such files.
   */
  newPath(folder: string, name: string): Promise<string>
  /**
   * A folder that outlives runs, for what can be continued or need not be made twice: training states, fetched data.
   */
  workFolder(name: string): Promise<string>
  /** Names that `pathOf` takes, sorted. */
  namesIn(folder: string): Promise<readonly string[]>
  /** Keeps a file, by the content of its bytes and under a readable name. */
  saveArtifact(bytes: Uint8Array, about: ArtifactRequest): Promise<ArtifactRef>
  /** Texts to embed in pictures by keyword, such as the workflow that is being run. */
  readonly embedded: { readonly [keyword: string]: string }
  /** Loaded models, on the device of this host. */
  readonly sessions: Sessions
  /** What `auto` means where a loader is asked for a precision. Default `exact`. */
  readonly precision?: Precision
  /** What models run on here, for nodes that load their own. */
  readonly device: Partial<Pick<Device, 'provider' | 'threads'>>
  /** Vocabularies, read at the first call. */
  readonly tokenizers: Tokenizers
}

export interface Tokenizers {
  clip(): Promise<ClipTokenizer>
  sentence(): UnigramTokenizer
  /** T5's, with the vocabulary that ships. */
  t5(): Promise<TextTokenizer>
  /** Qwen's, with the merges that ship. */
  qwen(): Promise<TextTokenizer>
  /** Of a `tokenizer.json` or BERT's `vocab.txt` at a path. */
  file(path: string): WordTokenizer
}

export interface ArtifactRequest {
  /** The beginning of its name, with `/` for folders; the host adds a number that is free. */
  readonly prefix: string
  /** Without the dot. */
  readonly extension: string
  readonly mime: string
  readonly kind: ArtifactRef['kind']
  readonly width?: number
  readonly height?: number
  /** Which picture of a batch, from 0. */
  readonly index?: number
  /** Into the folder of passing files. */
  readonly temporary?: boolean
}

/** Where a file lies, and others beside it where they are chosen: an empty name is none but for the first. */
export function pathsOf(
  services: Pick<Services, 'pathOf'>,
  folder: string,
  first: string,
  ...others: readonly string[]
): Promise<string[]> {
  const chosen = [first, ...others.filter((name) => name !== '')]
  return Promise.all(chosen.map((name) => services.pathOf(folder, name)))
}

/** A file that a value names and that is not there. */
export class MissingFileError extends Error {
  override readonly name = 'MissingFileError'
  constructor(folder: string, file: string, known: readonly string[]) {
    // Cards and settings that lie beside a model are no choice.
    const choices = known.filter((name) => !/\.(md|json|txt)$/i.test(name))
    const some = choices.slice(0, 10).join(', ')
    const there = choices.length === 0 ? 'The folder is empty.' : `There is ${some}${choices.length > 10 ? ', …' : ''}.`
    super(
      file === ''
        ? `No file of ${folder} is chosen. ${there}`
        : `There is no ${JSON.stringify(file)} in ${folder}.${didYouMean(file, choices)} ${there}`,
    )
  }
}
