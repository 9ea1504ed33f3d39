import type { LinkTable } from './link-table.ts'
import type { PlannedNode } from './planned-node.ts'
import type { Registry } from '../definition/registry.ts'
import type { SubWorkflows } from '../workflow/index.ts'

/**
 * What will run: the nodes that the roots need, sub-workflows dissolved, defaults filled, links resolved. Never
 * changes.
 */
export interface Plan {
  /**
   * Each stands after those that it needs; depth first from the roots, so that one branch is finished before the next
   * begins.
   */
  readonly nodes: readonly PlannedNode[]
  /** Side effects, named results and targets: what the run is for. */
  readonly roots: readonly PlannedNode[]
  readonly links: LinkTable
  /** Nodes whose fingerprints depend on more than the document, in their order. */
  readonly lookedUp: readonly PlannedNode[]
  readonly results: { readonly [name: string]: { readonly node: PlannedNode; readonly output: string } }
  /** The sub-workflows of the document, for nodes that run them. */
  readonly workflows: SubWorkflows
  readonly registry: Registry
}
