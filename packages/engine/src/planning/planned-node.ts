import type { AnyNodeDefinition } from '../definition/define-node.ts'
import type { Input } from '../definition/input.ts'
import type { Coercion, Registered } from '../definition/registry.ts'
import type { FailurePolicy, JsonObject, NodeId } from '../workflow/index.ts'

/** A node of a plan: its values filled, its links resolved. */
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
  readonly onFailure?: FailurePolicy
  /** Known here when the result depends on nothing but the document, else made by each run. */
  readonly fingerprint: KnownFingerprint | undefined
}

/** A node before it has its place in a plan. */
export type Unfingerprinted = Omit<PlannedNode, 'rank' | 'fingerprint'>

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

/** SHA-256 of everything that a result depends on; undefined when it is never the same, so that nothing is reused. */
export type Fingerprint = string | undefined

/** What goes into a fingerprint, in this order. Ids, layout and links' sources by name are not in it. */
export interface FingerprintParts {
  readonly type: string
  readonly version: number
  /** After defaults, without linked inputs. */
  readonly values: JsonObject
  /** What the definition, its files and its bodies add. */
  readonly own: string
  /** `input=fingerprint.output`, several sources of one input with `+` between. */
  readonly links: readonly string[]
}

export interface KnownFingerprint {
  readonly value: string
  readonly parts: FingerprintParts
}

/** Whether the node asks for the input while it runs. */
export function isLazy({ declared }: PlannedInput): boolean {
  return declared.kind === 'link' && declared.lazy
}

/** Whether the node receives the input as one list. */
export function takesList({ declared }: PlannedInput): boolean {
  return declared.kind === 'link' && declared.list
}
