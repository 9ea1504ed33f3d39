import {
  isNodeLink,
  subWorkflowPrefix,
  type Link,
  type NodeId,
  type NodeInstance,
  type SubWorkflow,
  type Workflow,
} from '@patchbay/engine/workflow'
import { withSubWorkflow, without, type Graph } from './graph.ts'
import { disconnect, isLink, linksOf } from './links.ts'
import { patchNode } from './nodes.ts'
import { freeName } from './sub-workflow.ts'

export type EndSide = 'inputs' | 'outputs'

/** The outside input that feeds an input of a node inside, if one does. */
export function offeredInput(node: NodeInstance | undefined, input: string): string | undefined {
  const link = node?.links[input]
  const first = link === undefined ? undefined : isLink(link) ? link : link[0]
  return first && !isNodeLink(first) ? first.input : undefined
}

/** The name under which an output of a node inside is offered outside, if it is. */
export function offeredOutput(sub: SubWorkflow, node: NodeId, output: string): string | undefined {
  return Object.entries(sub.outputs).find(([, one]) => one.node === node && one.output === output)?.[0]
}

/**
 * Offers an input of a node inside on every node that stands for the sub-workflow; its value becomes the default
 * there.
 */
export function offerInput(workflow: Workflow, name: string, node: NodeId, input: string): Workflow {
  const sub = workflow.workflows?.[name]
  const inner = sub?.nodes[node]
  if (!sub || !inner || offeredInput(inner, input) !== undefined) return workflow
  const end = freeName(sub.inputs, input)
  const value = inner.values[input]
  const inputs = { ...sub.inputs, [end]: { like: { node, input }, ...(value === undefined ? {} : { value }) } }
  const graph = patchNode({ nodes: sub.nodes }, node, {
    values: without(inner.values, [input]),
    links: { ...inner.links, [input]: { input: end } },
  })
  return withSubWorkflow(workflow, name, { ...sub, nodes: graph.nodes, inputs })
}

export function offerOutput(workflow: Workflow, name: string, node: NodeId, output: string): Workflow {
  const sub = workflow.workflows?.[name]
  if (!sub?.nodes[node] || offeredOutput(sub, node, output) !== undefined) return workflow
  const outputs = { ...sub.outputs, [freeName(sub.outputs, output)]: { node, output } }
  return withSubWorkflow(workflow, name, { ...sub, outputs })
}

/** Takes an input or output away again. What it was given outside goes; its default goes back to the node inside. */
export function withdrawEnd(workflow: Workflow, name: string, side: EndSide, end: string): Workflow {
  const sub = workflow.workflows?.[name]
  if (!sub || !(end in sub[side])) return workflow
  const rest =
    side === 'inputs'
      ? { ...withdrawn(sub, end), inputs: without(sub.inputs, [end]) }
      : { ...sub, outputs: without(sub.outputs, [end]) }
  const forget = side === 'inputs' ? forgetInput : forgetOutput
  return everyGraph(withSubWorkflow(workflow, name, rest), (graph) => forget(graph, name, end))
}

function withdrawn(sub: SubWorkflow, end: string): SubWorkflow {
  const declared = sub.inputs[end]
  let graph: Graph = { nodes: sub.nodes }
  for (const [id, node] of Object.entries(sub.nodes)) {
    const links: Record<string, Link | readonly Link[]> = {}
    for (const [input, link] of Object.entries(node.links)) {
      const kept = (isLink(link) ? [link] : link).filter((one) => isNodeLink(one) || one.input !== end)
      const [first] = kept
      if (first) links[input] = isLink(link) ? first : kept
    }
    if (Object.keys(links).length !== Object.keys(node.links).length) graph = patchNode(graph, id, { links })
  }
  if (declared?.value === undefined) return { ...sub, nodes: graph.nodes }
  const { node, input } = declared.like
  const values = { ...graph.nodes[node]?.values, [input]: declared.value }
  return { ...sub, nodes: patchNode(graph, node, { values }).nodes }
}

function everyGraph(workflow: Workflow, change: (graph: Graph) => Graph): Workflow {
  const top = change(workflow)
  let next: Workflow =
    top === workflow ? workflow : { ...workflow, nodes: top.nodes, ...(top.layout ? { layout: top.layout } : {}) }
  for (const [name, sub] of Object.entries(workflow.workflows ?? {})) {
    const graph = change(sub)
    if (graph === sub) continue
    const layout = graph.layout ? { layout: graph.layout } : {}
    next = withSubWorkflow(next, name, { ...sub, nodes: graph.nodes, ...layout })
  }
  return next
}

function standsFor(node: NodeInstance | undefined, name: string): boolean {
  return node?.type === `${subWorkflowPrefix}${name}`
}

function forgetInput(graph: Graph, name: string, end: string): Graph {
  let next = graph
  for (const [id, node] of Object.entries(graph.nodes)) {
    if (!standsFor(node, name) || !(end in node.values || end in node.links)) continue
    next = patchNode(next, id, { values: without(node.values, [end]), links: without(node.links, [end]) })
  }
  return next
}

function forgetOutput(graph: Graph, name: string, end: string): Graph {
  let next = graph
  for (const link of linksOf(graph).reverse()) {
    if (link.output === end && standsFor(graph.nodes[link.from], name)) next = disconnect(next, link)
  }
  return next
}

/** Calls an input or output something else; an empty label goes back to the inner one. Links keep its name. */
export function labelEnd(workflow: Workflow, name: string, side: EndSide, end: string, label: string): Workflow {
  const sub = workflow.workflows?.[name]
  const before = sub?.[side][end]
  if (!sub || !before) return workflow
  const { label: _label, ...bare } = before
  const after = label.trim() === '' ? bare : { ...bare, label: label.trim() }
  return withSubWorkflow(workflow, name, { ...sub, [side]: { ...sub[side], [end]: after } })
}

/** Moves an input or output up or down among its like. */
export function moveEnd(workflow: Workflow, name: string, side: EndSide, end: string, by: 1 | -1): Workflow {
  const sub = workflow.workflows?.[name]
  if (!sub) return workflow
  const entries: [string, unknown][] = Object.entries(sub[side])
  const at = entries.findIndex(([key]) => key === end)
  const [moved] = entries.splice(at, 1)
  if (at < 0 || !moved || at + by < 0 || at + by > entries.length) return workflow
  entries.splice(at + by, 0, moved)
  return withSubWorkflow(workflow, name, { ...sub, [side]: Object.fromEntries(entries) })
}
