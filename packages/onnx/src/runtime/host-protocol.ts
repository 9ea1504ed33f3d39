import type { ModelValue } from '../serialize/model.ts'
import type { AnyTensor } from '../tensor/tensor.ts'
import type { RuntimeErrorCode } from './runtime-error.ts'
import type { Feeds, SessionOptions } from './session.ts'

/** A model as it crosses to another process: a `Model` without its graph. */
export interface SentModel {
  readonly bytes: Uint8Array
  readonly folder?: string
  readonly inputs: readonly ModelValue[]
  readonly outputs: readonly ModelValue[]
  readonly mappedBytes: number
}

/** What a session host asks of its process. One request is under way at a time. */
export type HostRequest =
  /** Keep at most so many bytes of models loaded. Comes first. */
  | { readonly type: 'configure'; readonly budget: number }
  | {
      readonly type: 'load'
      readonly key: string
      readonly model: SentModel
      readonly options: SessionOptions
      readonly bytes: number
    }
  | {
      readonly type: 'run'
      readonly key: string
      readonly feeds: Feeds
      readonly outputs: readonly string[] | undefined
    }
  | { readonly type: 'release'; readonly key: string }

export type HostReply =
  | {
      readonly type: 'done'
      readonly results: Readonly<Record<string, AnyTensor>>
      /** The keys of the models that are loaded now. */
      readonly loaded: readonly string[]
      /** Memory of the process that is no mapped file. */
      readonly privateBytes: number
    }
  | { readonly type: 'failed'; readonly code: RuntimeErrorCode; readonly message: string }
