import type { JsonValue, NodeId, NodeInstance, NodeLayout, NodeMode, Point } from '@patchbay/engine/workflow'
import { type Graph, without } from './graph.ts'
import { connect, disconnect, disconnectFrom, linksInto, linksOf, type GraphLink } from './links.ts'

export function addNode(graph: Graph, id: NodeId, node: Pick<NodeInstance, 'type' | 'version'>, at: Point): Graph {
  const added: NodeInstance = { type: node.type, version: node.version, values: {}, links: {} }
  return patchNodeLayout({ ...graph, nodes: { ...graph.nodes, [id]: added } }, [id], at)
}

/**
 * Removes nodes with their links, places and reroutes. With `bridge`, a chain stays whole: what fed a removed node's
 * first input of a type feeds what its output fed.
 */
export function removeNodes(
  graph: Graph,
  ids: Iterable<NodeId>,
  bridge?: (node: NodeId, output: string) => string | undefined,
): Graph {
  const gone = new Set([...ids].filter((id) => id in graph.nodes))
  if (gone.size === 0) return graph
  const bridged = bridge ? bridgeOver(graph, gone, bridge) : graph
  const cut = disconnectFrom(bridged, gone)
  const layout = cut.layout
  if (!layout) return { ...cut, nodes: without(cut.nodes, gone) }
  const reroutes = layout.reroutes
    ? Object.fromEntries(Object.entries(layout.reroutes).filter(([key]) => !gone.has(key.slice(0, key.indexOf('.')))))
    : undefined
  return {
    nodes: without(cut.nodes, gone),
    layout: {
      ...layout,
      ...(layout.nodes ? { nodes: without(layout.nodes, gone) } : {}),
      ...(reroutes ? { reroutes } : {}),
    },
  }
}

function bridgeOver(
  graph: Graph,
  gone: ReadonlySet<NodeId>,
  passes: (node: NodeId, output: string) => string | undefined,
): Graph {
  let result = graph
  for (const link of linksOf(graph)) {
    if (!gone.has(link.from) || gone.has(link.to) || link.index !== undefined) continue
    let source: { node: NodeId; output: string } | undefined = { node: link.from, output: link.output }
    while (source && gone.has(source.node)) {
      const input: string | undefined = passes(source.node, source.output)
      const feeding: GraphLink | undefined = linksInto(graph, source.node).find((one) => one.input === input)
      source = feeding && { node: feeding.from, output: feeding.output }
    }
    if (!source) continue
    result = connect(disconnect(result, link), source, { node: link.to, input: link.input, list: false })
  }
  return result
}

export function patchNode(graph: Graph, id: NodeId, patch: Partial<NodeInstance>): Graph {
  const node = graph.nodes[id]
  return node ? { ...graph, nodes: { ...graph.nodes, [id]: { ...node, ...patch } } } : graph
}

/** Sets a value; `undefined` goes back to the definition's default. */
export function setValue(graph: Graph, id: NodeId, input: string, value: JsonValue | undefined): Graph {
  const node = graph.nodes[id]
  if (!node || node.values[input] === value) return graph
  return patchNode(graph, id, {
    values: value === undefined ? without(node.values, [input]) : { ...node.values, [input]: value },
  })
}

/** Gives nodes a mode, or takes it away when all of them have it already. */
export function toggleMode(graph: Graph, ids: readonly NodeId[], mode: NodeMode): Graph {
  const present = ids.filter((id) => id in graph.nodes)
  const all = present.every((id) => graph.nodes[id]?.mode === mode)
  const nodes: Record<NodeId, NodeInstance> = { ...graph.nodes }
  for (const id of present) {
    const node = graph.nodes[id]
    if (!node) continue
    const { mode: _dropped, ...rest } = node
    nodes[id] = all ? rest : { ...rest, mode }
  }
  return { ...graph, nodes }
}

type NodeLayoutPatch = { readonly [Key in keyof NodeLayout]?: NodeLayout[Key] | undefined }

/** Merges into the layout of nodes; an `undefined` field is removed. */
export function patchNodeLayout(graph: Graph, ids: Iterable<NodeId>, patch: NodeLayoutPatch): Graph {
  const nodes: Record<NodeId, NodeLayout> = { ...graph.layout?.nodes }
  for (const id of ids) nodes[id] = patched(nodes[id] ?? { x: 0, y: 0 }, patch)
  return { ...graph, layout: { ...graph.layout, nodes } }
}

/** The object with the patch merged; fields that the patch sets to `undefined` are gone. */
export function patched<Target extends object>(
  target: Target,
  patch: { readonly [Key in keyof Target]?: Target[Key] | undefined },
): Target {
  const merged: Target = { ...target, ...patch }
  for (const key in merged) if (merged[key] === undefined) delete merged[key]
  return merged
}

export function moveNodes(graph: Graph, places: ReadonlyMap<NodeId, Point>): Graph {
  const nodes: Record<NodeId, NodeLayout> = { ...graph.layout?.nodes }
  for (const [id, { x, y }] of places) nodes[id] = { ...nodes[id], x, y }
  return { ...graph, layout: { ...graph.layout, nodes } }
}
