import type { ArtifactRef } from '@patchbay/engine/workflow'
import type { Sessions } from './models/sessions.ts'
import type { ClipTokenizer } from './tokenizer/clip-tokenizer.ts'
import type { UnigramTokenizer } from './tokenizer/unigram.ts'

/** What the nodes of this package ask of their host. The host decides where files are and what a node may reach. */
export interface Services {
  /**
   * Where a file that a value names lies: `folder` is `input`, `output` or a model folder such as `checkpoints`. A folder of files (a
   * diffusers checkpoint) counts as one. Throws a `MissingFileError` for a name that is not there or leaves its folder.
   */
  pathOf(folder: string, name: string): Promise<string>
  /** Names that `pathOf` takes, sorted. */
  namesIn(folder: string): Promise<readonly string[]>
  /** Keeps a file, by the content of its bytes and under a readable name. */
  saveArtifact(bytes: Uint8Array, about: ArtifactRequest): Promise<ArtifactRef>
  /** Texts to embed in pictures by keyword, such as the workflow that is being run. */
  readonly embedded: { readonly [keyword: string]: string }
  /** Loaded models, on the device of this host. */
  readonly sessions: Sessions
  /** Vocabularies, read at the first call. */
  readonly tokenizers: Tokenizers
}

export interface Tokenizers {
  clip(): Promise<ClipTokenizer>
  sentence(): UnigramTokenizer
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
}

/** The keyword under which a picture carries the workflow that made it. */
export const workflowKeyword = 'patchbay-workflow'

/** A file that a value names and that is not there. */
export class MissingFileError extends Error {
  override readonly name = 'MissingFileError'
  constructor(folder: string, file: string, known: readonly string[]) {
    const some = known.slice(0, 10).join(', ')
    const there = known.length === 0 ? 'The folder is empty.' : `There is ${some}${known.length > 10 ? ', …' : ''}.`
    super(
      file === ''
        ? `No file of ${folder} is chosen. ${there}`
        : `There is no ${JSON.stringify(file)} in ${folder}. ${there}`,
    )
  }
}
