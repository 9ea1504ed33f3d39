import {
  boundsOf,
  isNodeLink,
  subWorkflowPrefix,
  type Box,
  type Link,
  type NodeId,
  type NodeInstance,
  type NodeLayout,
  type SubWorkflow,
  type SubWorkflowInput,
  type SubWorkflowOutput,
  type Workflow,
} from '@patchbay/engine/workflow'
import { type Graph, freshIds } from './graph.ts'
import { isLink, linksInto, linksOf } from './links.ts'
import { patchNode, patchNodeLayout, removeNodes } from './nodes.ts'
import { pasteFragment } from './clipboard.ts'

export interface Extracted {
  readonly workflow: Workflow
  readonly graph: Graph
  /** The node that stands for the selection. */
  readonly node: NodeId
}

/** A name that no sub-workflow of the document has. */
export function freeSubWorkflowName(workflow: Workflow, wish: string): string {
  const base = wish.trim().replaceAll('/', '-') || 'sub-workflow'
  let name = base
  for (let count = 2; name in (workflow.workflows ?? {}); count++) name = `${base} ${count}`
  return name
}

/**
 * Moves nodes into a sub-workflow and puts one node in their place. Links that came from outside become inputs, links
 * that went outside become outputs; nothing about the result changes.
 */
export function extractSubWorkflow(
  workflow: Workflow,
  graph: Graph,
  ids: readonly NodeId[],
  boxes: ReadonlyMap<NodeId, Box>,
  label: string,
): Extracted {
  const inside = new Set(ids)
  const name = freeSubWorkflowName(workflow, label)
  const [node = '1'] = freshIds(Object.keys(graph.nodes), 1)
  const inputs: Record<string, SubWorkflowInput> = {}
  const outputs: Record<string, SubWorkflowOutput> = {}
  const outerLinks: Record<string, Link | readonly Link[]> = {}
  const inputBySource = new Map<string, string>()
  const nodes: Record<NodeId, NodeInstance> = {}

  for (const id of ids) {
    const instance = graph.nodes[id]
    if (!instance) continue
    const links: Record<string, Link | readonly Link[]> = {}
    for (const [input, link] of Object.entries(instance.links)) {
      const turned = (isLink(link) ? [link] : link).map((one): Link => {
        if (isNodeLink(one) && inside.has(one.node)) return one
        const source = JSON.stringify(one)
        const known = inputBySource.get(source)
        if (known !== undefined) return { input: known }
        const fresh = freeName(inputs, input)
        inputs[fresh] = { like: { node: id, input } }
        outerLinks[fresh] = one
        inputBySource.set(source, fresh)
        return { input: fresh }
      })
      const [first] = turned
      if (first) links[input] = isLink(link) ? first : turned
    }
    nodes[id] = { ...instance, links }
  }
  const outputBySource = new Map<string, string>()
  for (const link of linksOf(graph)) {
    if (!inside.has(link.from) || inside.has(link.to)) continue
    const source = `${link.from}/${link.output}`
    if (outputBySource.has(source)) continue
    const fresh = freeName(outputs, link.output)
    outputs[fresh] = { node: link.from, output: link.output }
    outputBySource.set(source, fresh)
  }

  const places = Object.fromEntries(
    ids.flatMap((id): [NodeId, NodeLayout][] => {
      const place = graph.layout?.nodes?.[id]
      return place ? [[id, place]] : []
    }),
  )
  const sub: SubWorkflow = { label, nodes, inputs, outputs, layout: { nodes: places } }
  const rerouted = redirect(graph, inside, outputBySource, node)
  const rest = removeNodes(rerouted, ids)
  const middle = boundsOf(ids.flatMap((id) => boxes.get(id) ?? []))
  const at = middle ? { x: Math.round(middle.x + middle.width / 2 - 120), y: Math.round(middle.y) } : { x: 0, y: 0 }
  const stand: NodeInstance = { type: `${subWorkflowPrefix}${name}`, version: 1, values: {}, links: outerLinks }
  return {
    workflow: { ...workflow, workflows: { ...workflow.workflows, [name]: sub } },
    graph: patchNodeLayout({ ...rest, nodes: { ...rest.nodes, [node]: stand } }, [node], at),
    node,
  }
}

/** The wished name, with a number behind it where it is taken. */
export function freeName(taken: object, wish: string): string {
  let name = wish
  for (let count = 2; name in taken; count++) name = `${wish}${count}`
  return name
}

/** Lets every link from inside to outside start at the standing node's output instead. */
function redirect(
  graph: Graph,
  inside: ReadonlySet<NodeId>,
  outputs: ReadonlyMap<string, string>,
  node: NodeId,
): Graph {
  let result = graph
  const turn = (link: Link): Link => {
    if (!isNodeLink(link) || !inside.has(link.node)) return link
    return { node, output: outputs.get(`${link.node}/${link.output}`) ?? link.output }
  }
  for (const [id, instance] of Object.entries(graph.nodes)) {
    if (inside.has(id) || !linksInto(graph, id).some((link) => inside.has(link.from))) continue
    const links = Object.fromEntries(
      Object.entries(instance.links).map(([input, link]) => [input, isLink(link) ? turn(link) : link.map(turn)]),
    )
    result = patchNode(result, id, { links })
  }
  return result
}

/**
 * Puts the content of a sub-workflow node back into its graph: values and links given to the node go to the inner
 * inputs.
 */
export function unpackSubWorkflow(workflow: Workflow, graph: Graph, id: NodeId): Extracted | undefined {
  const instance = graph.nodes[id]
  const sub = instance && workflow.workflows?.[instance.type.slice(subWorkflowPrefix.length)]
  if (!instance || !sub || !instance.type.startsWith(subWorkflowPrefix)) return undefined
  const at = graph.layout?.nodes?.[id] ?? { x: 0, y: 0 }
  const pasted = pasteFragment(
    workflow,
    graph,
    {
      format: 'patchbay-fragment',
      nodes: sub.nodes,
      layout: sub.layout?.nodes ?? {},
      notes: {},
      groups: {},
      workflows: {},
    },
    at,
  )
  const inner = Object.keys(sub.nodes)
  const renamed = new Map(inner.map((old, index) => [old, pasted.nodes[index] ?? old]))
  let result = pasted.graph
  for (const old of inner) {
    const before = sub.nodes[old]
    const to = renamed.get(old) ?? old
    const current = result.nodes[to]
    if (!before || !current) continue
    const links: Record<string, Link | readonly Link[]> = { ...current.links }
    const values = { ...current.values }
    for (const [input, link] of Object.entries(before.links)) {
      const outer = isLink(link) ? [link] : link
      const fed = outer.flatMap((one): Link[] => {
        if (isNodeLink(one)) return [{ ...one, node: renamed.get(one.node) ?? one.node }]
        const given = instance.links[one.input]
        if (given !== undefined) return isLink(given) ? [given] : [...given]
        const value = instance.values[one.input] ?? sub.inputs[one.input]?.value
        if (value !== undefined) values[input] = value
        return []
      })
      const [first] = fed
      if (first) links[input] = isLink(link) && fed.length === 1 ? first : fed
    }
    result = patchNode(result, to, { links, values })
  }
  const turn = (link: Link): Link => {
    if (!isNodeLink(link) || link.node !== id) return link
    const output = sub.outputs[link.output]
    return output ? { node: renamed.get(output.node) ?? output.node, output: output.output } : link
  }
  for (const [other, node] of Object.entries(graph.nodes)) {
    if (!linksInto(graph, other).some((link) => link.from === id)) continue
    const links = Object.fromEntries(
      Object.entries(node.links).map(([input, link]) => [input, isLink(link) ? turn(link) : link.map(turn)]),
    )
    result = patchNode(result, other, { links })
  }
  return { workflow: pasted.workflow, graph: removeNodes(result, [id]), node: pasted.nodes[0] ?? id }
}
