import type { Layout, NodeLayout } from './layout.ts'
import { type Graph, sourcesOf, topologicalOrder } from './topology.ts'
import type { NodeId } from './workflow.ts'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The size that a node is taken to have as long as its layout says none, in canvas pixels. */
export const assumedNodeSize = { width: 260, height: 180 } as const
const gap = { x: 80, y: 40 } as const

/** The place and size of a node; of `assumedNodeSize` where its layout says no size. */
export function boxOf(node: NodeLayout): Box {
  const { width, height } = assumedNodeSize
  return { x: node.x, y: node.y, width: node.width ?? width, height: node.height ?? height }
}

/** The smallest box round all of them; undefined for none. */
export function boundsOf(boxes: readonly Box[]): Box | undefined {
  const [first] = boxes
  if (!first) return undefined
  let { x: left, y: top } = first
  let right = left
  let bottom = top
  for (const box of boxes) {
    left = Math.min(left, box.x)
    top = Math.min(top, box.y)
    right = Math.max(right, box.x + box.width)
    bottom = Math.max(bottom, box.y + box.height)
  }
  return { x: left, y: top, width: right - left, height: bottom - top }
}

/**
 * A layout in which every node has a place. Nodes that have one keep it; the others stand in columns by their distance
 * from the start, below whatever is there already. Good enough to open a document that was written by hand or by the
 * builder.
 */
export function placeMissing(graph: Graph, layout: Layout = {}): Layout {
  const missing = Object.keys(graph.nodes).filter((id) => !Object.hasOwn(layout.nodes ?? {}, id))
  if (missing.length === 0) return layout
  const placed = Object.values(layout.nodes ?? {}).map(boxOf)
  const bounds = boundsOf(placed)
  const top = bounds ? bounds.y + bounds.height + gap.y * 2 : 0
  const left = bounds?.x ?? 0
  const columns = columnsOf(graph)
  const filled = new Map<number, number>()
  const added = missing.map((id): [NodeId, NodeLayout] => {
    const column = columns.get(id) ?? 0
    const row = filled.get(column) ?? 0
    filled.set(column, row + 1)
    return [
      id,
      {
        x: left + column * (assumedNodeSize.width + gap.x),
        y: top + row * (assumedNodeSize.height + gap.y),
      },
    ]
  })
  return { ...layout, nodes: { ...layout.nodes, ...Object.fromEntries(added) } }
}

/** The longest way from a node without sources; nodes of a cycle are left out. */
function columnsOf(graph: Graph): Map<NodeId, number> {
  const columns = new Map<NodeId, number>()
  for (const id of topologicalOrder(graph)) {
    let column = 0
    for (const source of sourcesOf(graph, id)) column = Math.max(column, (columns.get(source) ?? 0) + 1)
    columns.set(id, column)
  }
  return columns
}
