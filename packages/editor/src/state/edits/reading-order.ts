import type { NodeId } from '@patchbay/engine/workflow'
import type { Graph } from './graph.ts'
import { linksOf, type GraphLink } from './links.ts'

/**
 * The nodes in the order in which a person reads them: what feeds a node comes before it; of those that could come
 * next, the one that stands furthest left, then furthest up. What is left of a circle comes last.
 */
export function readingOrder(graph: Graph): NodeId[] {
  const { feeding, waiting } = feedsOf(graph)
  const place = (id: NodeId) => graph.layout?.nodes?.[id] ?? { x: 0, y: 0 }
  const before = (a: NodeId, b: NodeId): number => place(a).x - place(b).x || place(a).y - place(b).y
  const ready = Object.keys(graph.nodes).filter((id) => (waiting.get(id) ?? 0) === 0)
  const order: NodeId[] = []
  while (ready.length > 0) {
    const first = ready.reduce((best, id) => (before(id, best) < 0 ? id : best))
    ready.splice(ready.indexOf(first), 1)
    order.push(first)
    for (const { to } of feeding.get(first) ?? []) {
      const left = (waiting.get(to) ?? 0) - 1
      waiting.set(to, left)
      if (left === 0) ready.push(to)
    }
  }
  const placed = new Set(order)
  return [...order, ...Object.keys(graph.nodes).filter((id) => !placed.has(id))]
}

interface Feeds {
  /** The links out of each node. */
  readonly feeding: ReadonlyMap<NodeId, readonly GraphLink[]>
  /** How many links into each node have not been followed. */
  readonly waiting: Map<NodeId, number>
}

function feedsOf(graph: Graph): Feeds {
  const feeding = new Map<NodeId, GraphLink[]>()
  const waiting = new Map<NodeId, number>()
  for (const link of linksOf(graph)) {
    if (!(link.from in graph.nodes)) continue
    feeding.set(link.from, [...(feeding.get(link.from) ?? []), link])
    waiting.set(link.to, (waiting.get(link.to) ?? 0) + 1)
  }
  return { feeding, waiting }
}

const known = new WeakMap<Graph['nodes'], ReadonlyMap<NodeId, readonly GraphLink[]>>()

/** The links out of a node. */
export function linksOutOf(graph: Graph, id: NodeId): readonly GraphLink[] {
  const feeding = known.get(graph.nodes) ?? feedsOf(graph).feeding
  known.set(graph.nodes, feeding)
  return feeding.get(id) ?? []
}
