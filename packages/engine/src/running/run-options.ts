import type { Lane } from '../definition/node-declaration.ts'
import type { Lanes } from './lanes.ts'
import type { Memo } from '../memo/memo.ts'
import type { NodeError } from './node-error.ts'
import type { FingerprintFile } from './own-fingerprint.ts'
import type { HostResourcePool } from '../definition/resource-pool.ts'
import type { NodeId, RunEvent } from '../workflow/index.ts'

export interface ExecuteOptions {
  /** What nodes may ask of their host. */
  readonly services?: unknown
  /** Shared between runs, so that nothing is computed twice; without one, nothing outlives the run. */
  readonly memo?: Memo
  /** Shared between runs that share a memo. */
  readonly resources?: HostResourcePool
  /** How many nodes of each lane run at the same time; pass the same `Lanes` to runs that share a machine. */
  readonly lanes?: Lanes | Partial<Readonly<Record<Lane, number>>>
  /** Aborting it cancels the run. */
  readonly signal?: AbortSignal
  /** What identifies the content of files that nodes read. Without it, only their names count. */
  readonly fingerprintFile?: FingerprintFile
  /**
   * A side effect whose inputs are those of an earlier run is not repeated: its artifacts and what it showed are
   * emitted again. Otherwise side effects always run.
   */
  readonly reuseEffects?: boolean
  /** Which workflow this is, for the answer to "why was this not reused?". */
  readonly scope?: string
}

/** How a run ended. */
export type Outcome =
  | {
      readonly state: 'succeeded'
      /** The named results of the workflow; lists as arrays, undefined where a branch was blocked. */
      readonly results: { readonly [name: string]: unknown }
      /** The outputs of the nodes that the run was for, by node. */
      readonly outputs: ReadonlyMap<NodeId, { readonly [output: string]: unknown }>
      /** Branches that stopped with a reason. */
      readonly blocked: readonly { readonly node: NodeId; readonly reason: string }[]
    }
  | {
      readonly state: 'failed'
      /** The first error. */
      readonly error: NodeError
      /** All of them: branches that do not need a node that failed go on. */
      readonly errors: readonly NodeError[]
    }
  | { readonly state: 'cancelled'; readonly reason: unknown }

/** `ms` is from start to end; `ran` and `reused` count nodes. */
export type RunResult = Outcome & {
  readonly ms: number
  readonly ran: number
  readonly reused: number
  /** What nodes warned of, in the order in which it was told. */
  readonly warnings: readonly { readonly node: NodeId; readonly message: string }[]
}

/** A run under way: its events, for one reader, and how it ends. */
export interface Run extends AsyncIterable<RunEvent> {
  /** Never rejects: a failure is a result too. */
  readonly result: Promise<RunResult>
}

/** What runs share. */
export interface SharedParts {
  readonly memo: Memo
  readonly lanes: Lanes
  readonly resources: HostResourcePool
}
