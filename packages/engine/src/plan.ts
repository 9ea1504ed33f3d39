import type { AnyNodeDefinition } from './define-node.ts'
import type { Input } from './input.ts'
import type { FingerprintParts } from './fingerprint.ts'
import type { LinkTable } from './link-table.ts'
import type { Coercion, Registered, Registry } from './registry.ts'
import type { JsonObject, NodeId, SubWorkflow } from './workflow/index.ts'

/** What will run: the nodes that the roots need, sub-workflows dissolved, defaults filled, links resolved. Never changes. */
export interface Plan {
  /** Each stands after those that it needs; depth first from the roots, so that one branch is finished before the next begins. */
  readonly nodes: readonly PlannedNode[]
  /** Side effects, named results and targets: what the run is for. */
  readonly roots: readonly PlannedNode[]
  readonly links: LinkTable
  /** Nodes whose fingerprints the document does not tell, in their order. */
  readonly lookedUp: readonly PlannedNode[]
  readonly results: { readonly [name: string]: { readonly node: PlannedNode; readonly output: string } }
  /** The sub-workflows of the document, for nodes that run them. */
  readonly workflows: SubWorkflows
  readonly registry: Registry
}
export type SubWorkflows = { readonly [name: string]: SubWorkflow }

export interface PlannedNode {
  /** Inside sub-workflows and expansions a path, `parent/child`. */
  readonly id: NodeId
  /** Place in the plan: the index of its state in a run. */
  readonly rank: number
  readonly registered: Registered
  readonly definition: AnyNodeDefinition
  /** Literals, defaults filled, without inputs that are linked. */
  readonly values: JsonObject
  /** The same as `run` receives them. */
  readonly received: { readonly [name: string]: unknown }
  /** Inputs that are linked, in the order of the definition, then dynamic ones in natural order. */
  readonly inputs: readonly PlannedInput[]
  /** Known here when the result depends on nothing but the document, else made by each run. */
  readonly fingerprint: KnownFingerprint | undefined
}

export interface KnownFingerprint {
  readonly value: string
  readonly parts: FingerprintParts
}

export interface PlannedInput {
  readonly name: string
  readonly declared: Input
  readonly isDynamic: boolean
  /** Several only for inputs that take several. */
  readonly sources: readonly Source[]
}

/** Where a value comes from: an output of a node, through a conversion if the types ask for one. */
export interface Source {
  readonly node: PlannedNode
  readonly output: string
  readonly coercion?: Coercion
}
