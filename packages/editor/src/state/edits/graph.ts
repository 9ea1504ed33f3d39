import type { Layout, NodeId, NodeInstance, SubWorkflow, Workflow } from '@patchbay/engine/workflow'

/** The part of a document that the canvas shows: the workflow itself, or one of its sub-workflows. */
export interface Graph {
  readonly nodes: { readonly [id: NodeId]: NodeInstance }
  readonly layout?: Layout
}

/** The way into a sub-workflow: which node was entered, and which sub-workflow it stands for. */
export interface Entered {
  readonly node: NodeId
  readonly workflow: string
}

export function graphOf(workflow: Workflow, path: readonly Entered[]): Graph {
  const last = path.at(-1)
  return (last && workflow.workflows?.[last.workflow]) ?? workflow
}

/** The document with the shown graph replaced; what did not change stays the same object. */
export function withGraph(workflow: Workflow, path: readonly Entered[], graph: Graph): Workflow {
  const last = path.at(-1)
  const layout = graph.layout ? { layout: graph.layout } : {}
  if (!last) return { ...workflow, nodes: graph.nodes, ...layout }
  const sub = workflow.workflows?.[last.workflow]
  if (!sub) return workflow
  return withSubWorkflow(workflow, last.workflow, { ...sub, nodes: graph.nodes, ...layout })
}

export function withSubWorkflow(workflow: Workflow, name: string, sub: SubWorkflow): Workflow {
  return { ...workflow, workflows: { ...workflow.workflows, [name]: sub } }
}

export function emptyWorkflow(name?: string): Workflow {
  return { format: 'patchbay-workflow', version: 1, ...(name ? { name } : {}), nodes: {} }
}

/** A free id: the smallest number above all numeric ids, so that documents stay readable. */
export function freshIds(taken: Iterable<string>, count: number): string[] {
  let highest = 0
  for (const id of taken) {
    const number = Number(id)
    if (Number.isInteger(number) && number > highest) highest = number
  }
  return Array.from({ length: count }, (_, index) => String(highest + 1 + index))
}

/** The record without the given keys; the same object when none of them was there. */
export function without<Value>(
  record: { readonly [key: string]: Value },
  keys: Iterable<string>,
): { readonly [key: string]: Value } {
  const gone = [...keys].filter((key) => key in record)
  if (gone.length === 0) return record
  const rest = { ...record }
  for (const key of gone) delete rest[key]
  return rest
}
