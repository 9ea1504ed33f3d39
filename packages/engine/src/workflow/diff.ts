import { given } from './given.ts'
import type { JsonValue } from './json.ts'
import type { Layout } from './layout.ts'
import { naturalOrder } from './natural-order.ts'
import { canonicalJson } from './serialize.ts'
import type { FailurePolicy, Link, NodeId, NodeInstance, SubWorkflow, Workflow } from './workflow.ts'

/** A value before and after; `from` is missing for one that was added, `to` for one that was removed. */
export interface Change<T> {
  readonly from?: T
  readonly to?: T
}
export interface InputChange<T> extends Change<T> {
  readonly input: string
}
export interface NodeChange {
  readonly node: NodeId
  /** What the node is: type, version or mode. */
  readonly type?: Change<string>
  readonly version?: Change<number>
  readonly mode?: Change<string>
  readonly onFailure?: Change<FailurePolicy>
  readonly values: readonly InputChange<JsonValue>[]
  readonly links: readonly InputChange<Link | readonly Link[]>[]
}
/** What differs between two graphs in what they compute. */
export interface GraphDiff {
  readonly added: readonly NodeId[]
  readonly removed: readonly NodeId[]
  readonly changed: readonly NodeChange[]
}
export interface SubWorkflowDiff extends GraphDiff {
  readonly workflow: string
  /** Whether its declared inputs or outputs differ. */
  readonly surface: boolean
}
export interface WorkflowDiff {
  readonly nodes: GraphDiff
  readonly workflows: {
    readonly added: readonly string[]
    readonly removed: readonly string[]
    readonly changed: readonly SubWorkflowDiff[]
  }
  /** Fields of the document that are not its graph: name, description, tags, parameters, results, onFailure, extra. */
  readonly details: readonly string[]
  /** Whether anything about the looks differs; none of it changes a result. */
  readonly layout: boolean
}

const detailFields = ['name', 'description', 'tags', 'parameters', 'results', 'onFailure', 'extra'] as const

/**
 * What differs between two documents. The order of keys does not count, and the layout is reported apart from the
 * graph.
 */
export function diffWorkflows(from: Workflow, to: Workflow): WorkflowDiff {
  const before = from.workflows ?? {}
  const after = to.workflows ?? {}
  const workflows = namesIn(before, after)
  return {
    nodes: diffGraphs(from, to),
    workflows: {
      added: workflows.added,
      removed: workflows.removed,
      changed: workflows.both.flatMap((name) => diffSubWorkflow(name, before[name], after[name])),
    },
    details: detailFields.filter((field) => differ(from[field], to[field])),
    layout:
      differ(from.layout, to.layout) ||
      workflows.both.some((name) => differ(before[name]?.layout, after[name]?.layout)),
  }
}

/** Whether a diff says that both documents compute the same: looks and descriptions aside. */
export function isSameGraph(diff: WorkflowDiff): boolean {
  const { nodes, workflows } = diff
  return [nodes.added, nodes.removed, nodes.changed, workflows.added, workflows.removed, workflows.changed].every(
    (list) => list.length === 0,
  )
}

function diffSubWorkflow(
  name: string,
  from: SubWorkflow | undefined,
  to: SubWorkflow | undefined,
): readonly SubWorkflowDiff[] {
  if (!from || !to) return []
  const surface =
    differ([from.inputs, from.outputs], [to.inputs, to.outputs]) ||
    differ([from.label ?? null, from.description ?? null], [to.label ?? null, to.description ?? null])
  const graph = diffGraphs(from, to)
  const isSame = !surface && graph.added.length + graph.removed.length + graph.changed.length === 0
  return isSame ? [] : [{ workflow: name, surface, ...graph }]
}

type Nodes = { readonly nodes: { readonly [id: NodeId]: NodeInstance } }

function diffGraphs(from: Nodes, to: Nodes): GraphDiff {
  const { added, removed, both } = namesIn(from.nodes, to.nodes)
  return { added, removed, changed: both.flatMap((id) => diffNodes(id, from.nodes[id], to.nodes[id])) }
}

function diffNodes(node: NodeId, from: NodeInstance | undefined, to: NodeInstance | undefined): readonly NodeChange[] {
  if (!from || !to) return []
  const change: NodeChange = {
    node,
    ...(from.type === to.type ? {} : { type: { from: from.type, to: to.type } }),
    ...(from.version === to.version ? {} : { version: { from: from.version, to: to.version } }),
    ...(from.mode === to.mode ? {} : { mode: changeOf(from.mode, to.mode) }),
    ...(differ(from.onFailure ?? null, to.onFailure ?? null)
      ? { onFailure: changeOf(from.onFailure, to.onFailure) }
      : {}),
    values: diffInputs(from.values, to.values),
    links: diffInputs(from.links, to.links),
  }
  const { type, version, mode, onFailure, values, links } = change
  const isSame = !type && !version && !mode && !onFailure && values.length === 0 && links.length === 0
  return isSame ? [] : [change]
}

function diffInputs<T extends JsonValue | object>(
  from: { readonly [input: string]: T },
  to: { readonly [input: string]: T },
): InputChange<T>[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .sort(naturalOrder)
    .map((input) => ({ input, ...changeOf(own(from, input), own(to, input)) }))
    .filter((change) => differ(change.from, change.to))
}

function changeOf<T>(from: T | undefined, to: T | undefined): Change<T> {
  return given({ from, to })
}

function own<T>(members: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined
}

function namesIn(from: object, to: object): { added: string[]; removed: string[]; both: string[] } {
  const before = Object.keys(from).sort(naturalOrder)
  return {
    added: Object.keys(to)
      .filter((name) => !Object.hasOwn(from, name))
      .sort(naturalOrder),
    removed: before.filter((name) => !Object.hasOwn(to, name)),
    both: before.filter((name) => Object.hasOwn(to, name)),
  }
}

function differ(a: JsonValue | Layout | object | undefined, b: JsonValue | Layout | object | undefined): boolean {
  return a !== b && canonicalJson(a) !== canonicalJson(b)
}

/** The diff in sentences, for a command line or a list of changes. Values longer than 60 characters are shortened. */
export function describeDiff(diff: WorkflowDiff): string[] {
  return [
    ...describeGraph(diff.nodes, 'node'),
    ...diff.workflows.added.map((name) => `+ sub-workflow ${name}`),
    ...diff.workflows.removed.map((name) => `- sub-workflow ${name}`),
    ...diff.workflows.changed.flatMap((changed) => [
      ...(changed.surface ? [`~ sub-workflow ${changed.workflow}: inputs, outputs or description`] : []),
      ...describeGraph(changed, `sub-workflow ${changed.workflow}, node`),
    ]),
    ...diff.details.map((field) => `~ ${field}`),
    ...(diff.layout ? ['~ layout'] : []),
  ]
}

function describeGraph(graph: GraphDiff, subject: string): string[] {
  return [
    ...graph.added.map((id) => `+ ${subject} ${id}`),
    ...graph.removed.map((id) => `- ${subject} ${id}`),
    ...graph.changed.flatMap((change) => {
      const said = (what: string, { from, to }: Change<unknown>) =>
        `~ ${subject} ${change.node}: ${what} ${shortened(from)} → ${shortened(to)}`
      return [
        ...(change.type ? [said('type', change.type)] : []),
        ...(change.version ? [said('version', change.version)] : []),
        ...(change.mode ? [said('mode', change.mode)] : []),
        ...(change.onFailure ? [said('on failure', change.onFailure)] : []),
        ...change.values.map((value) => said(value.input, value)),
        ...change.links.map((link) =>
          said(`link ${link.input}`, changeOf(describeLink(link.from), describeLink(link.to))),
        ),
      ]
    }),
  ]
}

function describeLink(link: Link | readonly Link[] | undefined): string | undefined {
  if (link === undefined) return undefined
  if ('node' in link) return `${link.node}.${link.output}`
  if ('input' in link) return `input ${link.input}`
  return link.map((one) => describeLink(one)).join(', ')
}

function shortened(value: unknown): string {
  if (value === undefined) return '(none)'
  const text = JSON.stringify(value)
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`
}
