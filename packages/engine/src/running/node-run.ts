import type { Fingerprint, FingerprintParts, PlannedNode } from '../planning/planned-node.ts'
import type { InnerEffects } from '../memo/effects.ts'
import type { NodeError } from './node-error.ts'
import type { OutputRecord } from '../definition/flowing.ts'
import type { TurnResults } from './turn-results.ts'
import type { ArtifactRef, JsonObject } from '../workflow/index.ts'

/** The state of one node in one run: from its beginning, or from when it holds more than its plan does. */
export class NodeRun {
  readonly node: PlannedNode
  fingerprint: Fingerprint
  parts: FingerprintParts | undefined
  notReused: string | undefined

  /** Nodes that expanded and wait for this one. */
  joined: NodeRun[] | undefined
  /** Lazy inputs and `evaluate` that wait for it. */
  private listeners: (() => void)[] | undefined
  /** Waits of its own that are under way; it keeps no place in its lane meanwhile. */
  waits = 0

  outputs: OutputRecord | undefined
  /** Nodes of the graph that it made, which stay until it is done. */
  made: NodeRun[] | undefined
  /** What these, and what they made, kept and showed. */
  inner: readonly InnerEffects[] | undefined
  /** It asked for its id, which its definition does not say: its result stands for no other node. */
  isBoundToId = false
  /** Turns of it failed and are left out: its result is not all that it could be. */
  hasLeftOut = false
  /** Lets the resources in its outputs go. */
  release: (() => void) | undefined
  /** Lets go of the resources that it acquired while running. */
  held: (() => void)[] | undefined

  /** Why it cannot run, where that is clear before. */
  fault: NodeError | undefined
  startedAt = 0
  /** Of a node that expanded: what it returned, to be completed. */
  invoked: TurnResults | undefined
  shown: JsonObject | undefined
  /** The turn that showed last. */
  shownIn = 0
  /** What it kept. */
  artifacts: ArtifactRef[] | undefined
  /** What it warned of. */
  warnings: string[] | undefined
  /** What it received, for the report of an error. */
  inputs: { readonly [name: string]: unknown } | undefined

  constructor(node: PlannedNode) {
    this.node = node
    this.fingerprint = node.fingerprint?.value
    this.parts = node.fingerprint?.parts
  }

  get rank(): number {
    return this.node.rank
  }

  /** Calls `listener` once the node is done, or its run is over. */
  listen(listener: () => void): void {
    this.listeners ??= []
    this.listeners.push(listener)
  }

  /** Calls the listeners, each once. */
  notify(): void {
    const { listeners } = this
    if (!listeners) return
    this.listeners = undefined
    for (const listener of listeners) listener()
  }

  letGo(): void {
    this.outputs = undefined
    this.release?.()
    this.release = undefined
  }

  letGoAll(): void {
    this.letGo()
    this.letGoHeld()
  }

  letGoHeld(): void {
    const { held } = this
    if (!held) return
    this.held = undefined
    for (const release of held) release()
  }
}
