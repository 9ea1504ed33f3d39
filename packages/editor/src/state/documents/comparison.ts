import {
  diffWorkflows,
  isNodeLink,
  type JsonValue,
  type Link,
  type NodeChange,
  type NodeId,
  type Workflow,
} from '@patchbay/engine/workflow'
import { graphOf, type Entered } from '../edits/graph.ts'
import { isLink } from '../edits/links.ts'

/** An earlier version that the canvas is compared with. */
export interface Comparison {
  readonly tab: string
  readonly version: number
  readonly document: Workflow
}

/** What became of a node since: `lines` say it for one that changed. */
export interface Mark {
  readonly node: NodeId
  readonly kind: 'added' | 'removed' | 'changed'
  readonly lines: readonly string[]
}

/** The marks of the graph that is shown. Inside a sub-workflow that the earlier version lacks, every node is added. */
export function marksOf(before: Workflow, after: Workflow, path: readonly Entered[]): Mark[] {
  const name = path.at(-1)?.workflow
  const diff = diffWorkflows(before, after)
  const graph = name === undefined ? diff.nodes : diff.workflows.changed.find((one) => one.workflow === name)
  const isFresh = name !== undefined && diff.workflows.added.includes(name)
  const added = isFresh ? Object.keys(graphOf(after, path).nodes) : (graph?.added ?? [])
  return [
    ...added.map((node): Mark => ({ node, kind: 'added', lines: [] })),
    ...(graph?.removed ?? []).map((node): Mark => ({ node, kind: 'removed', lines: [] })),
    ...(graph?.changed ?? []).map((change): Mark => ({ node: change.node, kind: 'changed', lines: linesOf(change) })),
  ]
}

function linesOf({ type, mode, values, links }: NodeChange): string[] {
  return [
    ...(type ? [`${type.from ?? '–'} → ${type.to ?? '–'}`] : []),
    ...(mode ? [`${mode.from ?? '–'} → ${mode.to ?? '–'}`] : []),
    ...values.map(({ input, from, to }) => `${input}: ${valueText(from)} → ${valueText(to)}`),
    ...links.map(({ input, from, to }) => `${input}: ${linkText(from)} → ${linkText(to)}`),
  ]
}

function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return '–'
  const text = JSON.stringify(value)
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`
}

function linkText(link: Link | readonly Link[] | undefined): string {
  if (link === undefined) return '–'
  return (isLink(link) ? [link] : link)
    .map((one) => (isNodeLink(one) ? `${one.node}.${one.output}` : one.input))
    .join(', ')
}
