import type { Blocked } from './blocked.ts'
import type { SubgraphBuilder } from './subgraph.ts'
import type { OutputRef } from './workflow-builder.ts'
import type { ResourcePool } from './resource-pool.ts'
import type { ArtifactRef, JsonObject, NodeId, Preview } from '../workflow/index.ts'

/** What a node may ask of the run it is part of. */
export interface RunContext<Services = unknown> {
  /** Aborted when the run is cancelled or fails, or when the node's time is up. Call `throwIfAborted()` each step. */
  readonly signal: AbortSignal
  /**
   * The id in the document; inside sub-workflows, expansions and loops a path, `parent/child`. A definition that asks
   * for it says `usesNodeId: true`; else its result is given to no other node, and not kept for later runs.
   */
  readonly nodeId: NodeId
  readonly services: Services
  /** Loaded models and the like: values that cannot be copied, counted and released when nothing needs them. */
  readonly resources: ResourcePool
  progress(step: number, steps: number, text?: string): void
  /** A passing picture. */
  preview(preview: Preview): void
  /** A kept file, once it is kept. */
  artifact(artifact: ArtifactRef): void
  /**
   * What the editor shows on the node. Calls add up: the last value of a key stands, and lists that a mapped node shows
   * are joined.
   */
  show(shown: JsonObject): void
  /**
   * Tells a person what the result is not: a sentence that says what, where, what was expected and how to mend it. The
   * run goes on. It is told again by each run that reuses the result.
   */
  warn(message: string): void
  /** A graph to run in the place of this node: build it, ask for parts with `evaluate`, return `expand(outputs)`. */
  readonly graph: SubgraphBuilder
  /** `return expand({ latents: last.latents })`: these outputs of `graph` stand for the node's own. */
  expand(outputs: { readonly [name: string]: OutputRef }): Expansion
  /**
   * Stops what depends on the node (`return block()`) or on one output (`return { mask: block() }`): silently, or with
   * a reason that is shown. What does not depend on it runs on.
   */
  block(reason?: string): Blocked
}

/** Outputs of a graph that was made at run time, standing for the outputs of the node that made it. */
export class Expansion {
  readonly outputs: { readonly [name: string]: OutputRef }
  readonly graph: SubgraphBuilder
  constructor(outputs: { readonly [name: string]: OutputRef }, graph: SubgraphBuilder) {
    this.outputs = outputs
    this.graph = graph
  }
}
