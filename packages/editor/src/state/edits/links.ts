import { isNodeLink, type Link, type NodeId } from '@patchbay/engine/workflow'
import { type Graph, without } from './graph.ts'

/** One link of a graph, with both ends named. `index` is its place in an input that takes several. */
export interface GraphLink {
  readonly key: string
  readonly from: NodeId
  readonly output: string
  readonly to: NodeId
  readonly input: string
  readonly index?: number
}

/** An end of a link that is being drawn. */
export interface SocketRef {
  readonly side: 'input' | 'output'
  readonly node: NodeId
  readonly name: string
}

/**
 * The key under which a document keeps the reroutes of a link: `<node>.<input>`, with the index where an input takes
 * several.
 */
export function linkKey(to: NodeId, input: string, index?: number): string {
  return index === undefined ? `${to}.${input}` : `${to}.${input}.${index}`
}

export function linksInto(graph: Graph, to: NodeId): GraphLink[] {
  const node = graph.nodes[to]
  if (!node) return []
  return Object.entries(node.links).flatMap(([input, link]) => {
    if (isLink(link)) {
      return isNodeLink(link) ? [{ key: linkKey(to, input), from: link.node, output: link.output, to, input }] : []
    }
    return link.flatMap((one, index) =>
      isNodeLink(one) ? [{ key: linkKey(to, input, index), from: one.node, output: one.output, to, input, index }] : [],
    )
  })
}

export function isLink(link: Link | readonly Link[]): link is Link {
  return !Array.isArray(link)
}

export function linksOf(graph: Graph): GraphLink[] {
  return Object.keys(graph.nodes).flatMap((id) => linksInto(graph, id))
}

/** Links an output to an input. A `list` input gains a link; any other gets this one in place of what it had. */
export function connect(
  graph: Graph,
  from: { readonly node: NodeId; readonly output: string },
  to: { readonly node: NodeId; readonly input: string; readonly list: boolean },
): Graph {
  const node = graph.nodes[to.node]
  if (!node) return graph
  const link: Link = { node: from.node, output: from.output }
  const before = node.links[to.input]
  const several = before === undefined ? [] : isLink(before) ? [before] : before
  const already = several.some((one) => isNodeLink(one) && one.node === from.node && one.output === from.output)
  if (already) return graph
  const links = { ...node.links, [to.input]: to.list ? [...several, link] : link }
  return { ...graph, nodes: { ...graph.nodes, [to.node]: { ...node, links } } }
}

export function disconnect(graph: Graph, link: Pick<GraphLink, 'to' | 'input' | 'index'>): Graph {
  const node = graph.nodes[link.to]
  const before = node?.links[link.input]
  if (!node || before === undefined) return graph
  const rest = isLink(before) || link.index === undefined ? [] : before.filter((_, index) => index !== link.index)
  const links = rest.length === 0 ? without(node.links, [link.input]) : { ...node.links, [link.input]: rest }
  const reroutes = graph.layout?.reroutes
  const key = linkKey(link.to, link.input, link.index)
  const layout = reroutes && key in reroutes ? { layout: { ...graph.layout, reroutes: without(reroutes, [key]) } } : {}
  return { ...graph, ...layout, nodes: { ...graph.nodes, [link.to]: { ...node, links } } }
}

/** Removes every link that comes from one of the given nodes. */
export function disconnectFrom(graph: Graph, gone: ReadonlySet<NodeId>): Graph {
  let result = graph
  for (const link of linksOf(graph).reverse()) {
    if (gone.has(link.from)) result = disconnect(result, link)
  }
  return result
}

/** Would a link from one node into another close a circle? Says the nodes of that circle, or undefined. */
export function circleThrough(graph: Graph, from: NodeId, to: NodeId): NodeId[] | undefined {
  if (from === to) return [from, from]
  const via = new Map<NodeId, NodeId | undefined>([[from, undefined]])
  const open = [from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const link of linksInto(graph, id)) {
      if (via.has(link.from)) continue
      via.set(link.from, id)
      if (link.from === to) {
        const circle: NodeId[] = [to]
        for (let at = via.get(to); at !== undefined; at = via.get(at)) circle.push(at)
        return [...circle, to]
      }
      open.push(link.from)
    }
  }
  return undefined
}
