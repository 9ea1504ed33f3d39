import { isNodeLink, type Link, type NodeId, type NodeInstance, type NodeLink } from './workflow.ts'

/** The nodes of a workflow or of a sub-workflow. */
export interface Graph {
  readonly nodes: { readonly [id: NodeId]: NodeInstance }
}

/** Where a link enters a node: the input and, for an input that takes several, the place in its list. */
export interface LinkedInput {
  readonly input: string
  readonly index?: number
  readonly link: Link
}

/** All links into a node, in the order of the document. */
export function linksInto(node: NodeInstance): LinkedInput[] {
  const found: LinkedInput[] = []
  for (const [input, linked] of Object.entries(node.links)) {
    if (isSeveral(linked)) linked.forEach((link, index) => found.push({ input, index, link }))
    else found.push({ input, link: linked })
  }
  return found
}

function isSeveral(linked: Link | readonly Link[]): linked is readonly Link[] {
  return Array.isArray(linked)
}

/** The nodes that feed a node directly, each once; links to nodes that do not exist are left out. */
export function sourcesOf(graph: Graph, id: NodeId): NodeId[] {
  const node = nodeOf(graph, id)
  if (!node) return []
  const sources = new Set<NodeId>()
  const add = (link: Link) => {
    if (isNodeLink(link) && nodeOf(graph, link.node)) sources.add(link.node)
  }
  for (const linked of Object.values(node.links)) {
    if (isSeveral(linked)) linked.forEach(add)
    else add(linked)
  }
  return [...sources]
}

/** The node of that id; undefined too for names that every object has, such as `toString`. */
export function nodeOf(graph: Graph, id: NodeId): NodeInstance | undefined {
  return Object.hasOwn(graph.nodes, id) ? graph.nodes[id] : undefined
}

/** `targets` and everything that they need, directly or not. */
export function ancestorsOf(graph: Graph, targets: Iterable<NodeId>): Set<NodeId> {
  const reached = new Set<NodeId>()
  const open = [...targets].filter((id) => nodeOf(graph, id) !== undefined)
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (reached.has(id)) continue
    reached.add(id)
    for (const source of sourcesOf(graph, id)) if (!reached.has(source)) open.push(source)
  }
  return reached
}

/** For each node the nodes that it feeds directly. */
export function dependantsIn(graph: Graph): Map<NodeId, NodeId[]> {
  const dependants = new Map<NodeId, NodeId[]>()
  for (const id of Object.keys(graph.nodes)) {
    for (const source of sourcesOf(graph, id)) {
      const list = dependants.get(source)
      if (list) list.push(id)
      else dependants.set(source, [id])
    }
  }
  return dependants
}

/** Where an output goes: every link from it, with the node and input that it enters. */
export function linksFrom(graph: Graph, from: NodeLink): { node: NodeId; input: string; index?: number }[] {
  return Object.entries(graph.nodes).flatMap(([node, instance]) =>
    linksInto(instance)
      .filter(({ link }) => isNodeLink(link) && link.node === from.node && link.output === from.output)
      .map(({ input, index }) => (index === undefined ? { node, input } : { node, input, index })),
  )
}

/**
 * The nodes in an order in which each stands after those that it needs (Kahn 1962); among nodes that are free to go,
 * the order of the document. Nodes of a cycle, and what needs them, are missing from the result: `findCycle` says
 * which.
 */
export function topologicalOrder(graph: Graph): NodeId[] {
  const dependants = dependantsIn(graph)
  const waiting = new Map<NodeId, number>()
  const order: NodeId[] = []
  for (const id of Object.keys(graph.nodes)) {
    const count = sourcesOf(graph, id).length
    waiting.set(id, count)
    if (count === 0) order.push(id)
  }
  // The result is its own queue: what stands in it is done once the loop has passed it.
  for (const id of order) {
    for (const dependant of dependants.get(id) ?? []) {
      const left = (waiting.get(dependant) ?? 0) - 1
      waiting.set(dependant, left)
      if (left === 0) order.push(dependant)
    }
  }
  return order
}

/** A cycle as the path that data would take round it, the first node again at the end; undefined when there is none. */
export function findCycle(graph: Graph): NodeId[] | undefined {
  const done = new Set<NodeId>()
  const place = new Map<NodeId, number>()
  for (const start of Object.keys(graph.nodes)) {
    if (done.has(start)) continue
    const path: { id: NodeId; sources: NodeId[] }[] = [{ id: start, sources: sourcesOf(graph, start) }]
    place.set(start, 0)
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const source = top.sources.pop()
      if (source === undefined) {
        path.pop()
        place.delete(top.id)
        done.add(top.id)
        continue
      }
      const begin = place.get(source)
      if (begin !== undefined) return cycleFrom(path.slice(begin).map(({ id }) => id))
      if (done.has(source)) continue
      place.set(source, path.length)
      path.push({ id: source, sources: sourcesOf(graph, source) })
    }
  }
  return undefined
}

/** The search walks against the links; a cycle is listed along them. */
function cycleFrom(path: readonly NodeId[]): NodeId[] {
  const along = [...path].reverse()
  const [first] = along
  return first === undefined ? [] : [...along, first]
}
