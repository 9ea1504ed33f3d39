import type { CheckedNode, CheckedSource } from './check-node.ts'
import type { FlatNode } from './flatten.ts'

export type CheckedNodes = ReadonlyMap<FlatNode, CheckedNode>

export interface Order {
  /**
   * Each node after those that feed it, depth first from `starts`; links that close a cycle are left out of account.
   */
  readonly order: readonly CheckedNode[]
  /** Each as the path that data would take round it, the first node again at the end. */
  readonly cycles: readonly (readonly FlatNode[])[]
}

/** Depth-first order with an explicit stack: a chain of any length is no deeper than a list. */
export function orderFrom(starts: Iterable<CheckedNode>, nodes: CheckedNodes): Order {
  const order: CheckedNode[] = []
  const cycles: FlatNode[][] = []
  const done = new Set<FlatNode>()
  const place = new Map<FlatNode, number>()
  for (const start of starts) {
    if (done.has(start.flat)) continue
    const path: { readonly node: CheckedNode; readonly sources: readonly FlatNode[]; next: number }[] = []
    const enter = (node: CheckedNode) => {
      place.set(node.flat, path.length)
      path.push({ node, sources: node.inputs.flatMap(({ sources }) => sources.flatMap(nodeOf)), next: 0 })
    }
    enter(start)
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const source = top.sources[top.next]
      top.next++
      if (!source) {
        path.pop()
        place.delete(top.node.flat)
        done.add(top.node.flat)
        order.push(top.node)
        continue
      }
      if (done.has(source)) continue
      const begin = place.get(source)
      const node = nodes.get(source)
      // The search walks against the links; a cycle is listed along them.
      if (begin !== undefined) cycles.push(closed(path.slice(begin).map(flatOf).reverse()))
      else if (node) enter(node)
    }
  }
  return { order, cycles }
}

function flatOf({ node }: { readonly node: CheckedNode }): FlatNode {
  return node.flat
}

function closed(path: FlatNode[]): FlatNode[] {
  return [...path, ...path.slice(0, 1)]
}

function nodeOf(source: CheckedSource): FlatNode[] {
  return source.type === 'output' ? [source.node] : []
}

/**
 * The nodes that cannot run because a node that they need is muted. Muted sources of optional inputs are dropped on the
 * way, since nothing is lost without them, and those of lazy inputs stay: they may never be asked for.
 */
export function dropMuted(order: readonly CheckedNode[]): ReadonlySet<FlatNode> {
  const dead = new Set<FlatNode>()
  const isDead = (source: CheckedSource): boolean =>
    source.type === 'muted' || (source.type === 'output' && dead.has(source.node))
  for (const { flat, inputs } of order) {
    for (const input of inputs) {
      const { declared } = input
      if (!input.sources.some(isDead)) continue
      if (declared.kind === 'link' && declared.lazy) {
        input.sources = input.sources.map((source) => (isDead(source) ? { type: 'muted' } : source))
      } else if (declared.kind === 'link' && declared.optional) {
        input.sources = input.sources.filter((source) => !isDead(source))
      } else dead.add(flat)
    }
  }
  return dead
}

/** What the roots need, in the given order. */
export function neededBy(
  roots: Iterable<FlatNode>,
  order: readonly CheckedNode[],
  without: ReadonlySet<FlatNode> = new Set(),
): CheckedNode[] {
  const needed = new Set(roots)
  return order
    .toReversed()
    .filter(({ flat, inputs }) => {
      if (!needed.has(flat) || without.has(flat)) return false
      for (const { sources } of inputs)
        for (const source of sources) if (source.type === 'output') needed.add(source.node)
      return true
    })
    .reverse()
}
