import type { JsonObject, JsonValue } from './json.ts'
import type { NodeId } from './workflow.ts'

/**
 * What happens during a run, as plain deltas. Node ids inside sub-workflows and expansions are paths: `parent/child`.
 * Events stay under 250 bytes a node for a plain run, so nothing that the document already says is repeated.
 */
export type RunEvent =
  | { readonly type: 'run-started'; readonly nodes: number }
  | { readonly type: 'node-started'; readonly node: NodeId }
  | {
      readonly type: 'node-progress'
      readonly node: NodeId
      readonly step: number
      readonly steps: number
      readonly text?: string
    }
  /** A passing picture; the bytes travel beside the event. */
  | { readonly type: 'node-preview'; readonly node: NodeId; readonly preview: Preview }
  /** `shown` only of a side effect that is not repeated: what it showed when it ran. */
  | {
      readonly type: 'node-reused'
      readonly node: NodeId
      readonly from: 'memory' | 'disk' | 'in-flight'
      readonly shown?: JsonObject
    }
  /**
   * `notReused` says which part differed from the last run of this node; `shown` is what a side effect wants shown.
   */
  | {
      readonly type: 'node-finished'
      readonly node: NodeId
      readonly ms: number
      readonly notReused?: string
      readonly shown?: JsonObject
    }
  /** A kept file, as soon as it is kept. */
  | { readonly type: 'node-artifact'; readonly node: NodeId; readonly artifact: ArtifactRef }
  /** Something about the node's result that a person must know; the run goes on. */
  | { readonly type: 'node-warned'; readonly node: NodeId; readonly message: string }
  | { readonly type: 'node-blocked'; readonly node: NodeId; readonly reason?: string }
  /** Something that it needs was blocked, or failed. `reason`: why, of the first node behind a block that says so. */
  | { readonly type: 'node-skipped'; readonly node: NodeId; readonly reason?: string }
  | {
      readonly type: 'node-expanded'
      readonly node: NodeId
      readonly nodes: readonly { readonly id: NodeId; readonly type: string }[]
    }
  | { readonly type: 'node-retried'; readonly node: NodeId; readonly attempt: number; readonly message: string }
  | { readonly type: 'node-failed'; readonly node: NodeId; readonly error: RunErrorReport }
  /** A host may add what the run gave, by name, and the values that it used. */
  | {
      readonly type: 'run-succeeded'
      readonly ms: number
      readonly ran: number
      readonly reused: number
      readonly results?: JsonObject
      readonly used?: JsonObject
    }
  | { readonly type: 'run-failed'; readonly ms: number; readonly error: RunErrorReport }
  | { readonly type: 'run-cancelled'; readonly ms: number }

export type RunEventType = RunEvent['type']
/** A run event as it is stored and sent; previews travel as binary frames. */
export type WireRunEvent = Exclude<RunEvent, { readonly type: 'node-preview' }>

export interface Preview {
  /** e.g. `image/jpeg`. */
  readonly mime: string
  readonly width: number
  readonly height: number
  /** Which picture of a batch. */
  readonly index: number
  readonly bytes: Uint8Array
}

export interface ArtifactRef {
  /** `sha256:` and 64 hex digits of the content. */
  readonly hash: string
  readonly name: string
  readonly mime: string
  readonly bytes: number
  readonly kind: 'image' | 'audio' | 'video' | 'latents' | 'weights' | 'table' | 'text' | 'file'
  readonly width?: number
  readonly height?: number
  /** In the folder of passing files, which is emptied when the host starts. */
  readonly temporary?: boolean
}

/** An error as it crosses a process or a wire. */
export interface RunErrorReport {
  readonly code: string
  readonly message: string
  readonly node?: NodeId
  readonly nodeType?: string
  /** The inputs of the failed node, shortened for reading. */
  readonly inputs?: { readonly [name: string]: JsonValue }
  /** Messages of the causes, outermost first. */
  readonly causes?: readonly string[]
}
