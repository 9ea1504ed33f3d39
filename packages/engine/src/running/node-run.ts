import type { Fingerprint, FingerprintParts, PlannedNode } from '../planning/planned-node.ts'
import type { OutputRecord } from '../definition/flowing.ts'
import type { Invoked } from './invoked.ts'
import type { ArtifactRef, JsonObject } from '../workflow/index.ts'

/** One node in one run, from when it begins, or something is known of it that its plan does not tell. */
export class NodeRun {
  readonly node: PlannedNode
  isRoot = false
  fingerprint: Fingerprint
  parts: FingerprintParts | undefined
  notReused: string | undefined

  /** Nodes that expanded and wait for this one. */
  joined: NodeRun[] | undefined
  /** Lazy inputs and `evaluate` that wait for it. */
  listeners: (() => void)[] | undefined
  /** Waits of its own for others; it keeps no place in its lane meanwhile. */
  pauses = 0
  /** It has a place in its lane. */
  isInLane = false
  /** What it waits for is another node. */
  isWaiting = false

  outputs: OutputRecord | undefined
  /** Nodes of the graph that it made, which stay until it is done. */
  made: NodeRun[] | undefined
  /** Lets the resources in its outputs go. */
  release: (() => void) | undefined
  /** Lets go of the resources that it acquired while running. */
  held: (() => void)[] | undefined

  startedAt = 0
  /** Its `run` has ended, one way or the other. */
  isSettled = false
  /** It runs once for each element of a list. */
  isMapped = false
  /** Something that it needs was blocked, so it did not run. */
  isSkipped = false
  /** Of a node that expanded: what it returned, to be completed. */
  invoked: Invoked | undefined
  shown: JsonObject | undefined
  /** The turn that showed last. */
  shownIn = 0
  /** What it kept. */
  artifacts: ArtifactRef[] | undefined
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

  /** Wakes whoever asked for it. */
  tellListeners(): void {
    const { listeners } = this
    if (!listeners) return
    this.listeners = undefined
    for (const tell of listeners) tell()
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
