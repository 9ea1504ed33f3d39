import type { Readable } from 'node:stream'

const hashPattern = /^sha256:[0-9a-f]{64}$/
/** `sha256:` and 64 hex digits. */
export const isArtifactHash = (text: string): boolean => hashPattern.test(text)

/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}
export interface KeptFile {
  readonly hash: string
  readonly bytes: number
  /** When it was last kept or published. */
  readonly changedAt: number
}

/** Kept files by the hash of their content: written once, never changed. Shared by the server and its runners. */
export interface ArtifactStore {
  /** Keeps bytes and answers their hash; the same bytes again cost only the hash. */
  save(bytes: Uint8Array): Promise<string>
  /** In bytes; undefined when it is not kept here. */
  size(hash: string): Promise<number | undefined>
  /** A stream of a kept file; it fails where the file is not kept. */
  open(hash: string, range?: ByteRange): Readable
  /** All of a kept file; undefined when it is not kept here. */
  read(hash: string): Promise<Buffer | undefined>
  /** Every file that is kept, in no order. */
  kept(): AsyncIterable<KeptFile>
  /** Removes a file; one that is not there is no fault. */
  remove(hash: string): Promise<void>
}

/** What a runner does on its own disk besides: a kept file appears in a folder of a person. */
export interface PublishingArtifactStore extends ArtifactStore {
  /**
   * Puts a kept file at `path` of this disk, taking no space where it can. False, and nothing done, when something is
   * there.
   */
  publish(hash: string, path: string): Promise<boolean>
  /** Whether what lies at `path` is this file. */
  isPublished(hash: string, path: string): Promise<boolean>
}
