import type { JsonObject, JsonValue } from './json.ts'
import type { Layout } from './layout.ts'

/** The version of the document format that this code writes; older ones are migrated by `migrate`. */
export const workflowVersion = 1

/**
 * Names a node within its graph; stable for the node's life, and never part of a fingerprint. Any non-empty text
 * without `/`.
 */
export type NodeId = string

/**
 * An output that feeds an input. Inside a sub-workflow, `{ input }` feeds from an input of the sub-workflow itself.
 */
export type Link = NodeLink | SubWorkflowInputLink
export interface NodeLink {
  readonly node: NodeId
  readonly output: string
}
export interface SubWorkflowInputLink {
  readonly input: string
}

/**
 * `muted`: the node and what needs it do not run. `bypassed`: each output passes on the first linked input of a
 * fitting type.
 */
export type NodeMode = 'muted' | 'bypassed'

/** What is done when a node fails. */
export interface FailurePolicy {
  /** How often it is tried again first, after a wait that doubles; 0 to 100, default 0. */
  readonly retries?: number
  /**
   * `stop` (the default): the node has failed, and so has the run. `skip`: what could not be made is left out, of a
   * list that one element; what needs it is skipped, and the run goes on with a warning.
   */
  readonly then?: 'stop' | 'skip'
}

export interface NodeInstance {
  /** The name of a node definition, or `workflow:<name>` for a sub-workflow of this document. */
  readonly type: string
  /** The version of the definition that this instance was written for. */
  readonly version: number
  /** Literals by input name. A missing value means the definition's default. */
  readonly values: JsonObject
  /**
   * Links by input name; a list only for inputs that take several. A link on a value input takes the value's place.
   */
  readonly links: { readonly [input: string]: Link | readonly Link[] }
  readonly mode?: NodeMode
  /** Default: that of the sub-workflow's use, else that of the document. */
  readonly onFailure?: FailurePolicy
}

/** A graph used as a node. Its inputs and outputs are named; nodes inside refer to an input by `{ input: name }`. */
export interface SubWorkflow {
  readonly label?: string
  readonly description?: string
  readonly nodes: { readonly [id: NodeId]: NodeInstance }
  readonly inputs: { readonly [name: string]: SubWorkflowInput }
  readonly outputs: { readonly [name: string]: SubWorkflowOutput }
  readonly layout?: Layout
}
/** The sub-workflows of a document, by name. */
export type SubWorkflows = { readonly [name: string]: SubWorkflow }

/**
 * An input of a sub-workflow: `like` names the inner input whose declaration (type, widget, default) it takes over.
 */
export interface SubWorkflowInput {
  readonly like: { readonly node: NodeId; readonly input: string }
  readonly label?: string
  /** Replaces the default of a value input. */
  readonly value?: JsonValue
}
export interface SubWorkflowOutput extends NodeLink {
  readonly label?: string
}

/** A chosen input of the whole workflow: a field of its app view, and a named argument of a run by id. */
export interface WorkflowParameter {
  readonly node: NodeId
  readonly input: string
  readonly label?: string
  readonly description?: string
}
export interface WorkflowResult {
  readonly node: NodeId
  readonly output: string
  readonly label?: string
}

/**
 * A saved workflow: plain JSON. `values` and `links` are apart, outputs are named, and the layout is a section of its
 * own that the engine never reads, so a document diffs and merges well and an edit of its looks changes no
 * fingerprint.
 */
export interface Workflow {
  readonly format: 'patchbay-workflow'
  readonly version: typeof workflowVersion
  readonly name?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly nodes: { readonly [id: NodeId]: NodeInstance }
  readonly workflows?: SubWorkflows
  /** Named, typed arguments of a headless run (`--set prompt="a cat"`), in the order they are shown. */
  readonly parameters?: { readonly [name: string]: WorkflowParameter }
  readonly results?: { readonly [name: string]: WorkflowResult }
  /** For nodes that say nothing of it themselves. */
  readonly onFailure?: FailurePolicy
  readonly layout?: Layout
  /** Anything a tool wants to keep with the document; the engine carries it and never reads it. */
  readonly extra?: JsonObject
}

/** What the type of a node begins with that stands for a sub-workflow of its document. */
export const subWorkflowPrefix = 'workflow:'
/** Whether a link comes from a node, rather than from an input of its sub-workflow. */
export function isNodeLink(link: Link): link is NodeLink {
  return 'node' in link
}
