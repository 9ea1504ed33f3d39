import { boundsOf, type Box, type GroupLayout, type NodeId, type Point } from '@patchbay/engine/workflow'
import { nodesInside } from './decorations.ts'
import type { Graph } from './graph.ts'
import { moveNodes } from './nodes.ts'

/** What is left free between a node that was pushed and what pushed it, in canvas pixels. */
const gap = 24

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/**
 * Places for the nodes that have to go down because others have grown: those that a grown node would cover now and did
 * not before, and those that these would cover. `before` has the boxes of the grown nodes as they were.
 */
export function roomBelow(boxes: ReadonlyMap<NodeId, Box>, before: ReadonlyMap<NodeId, Box>): Map<NodeId, Point> {
  const now = new Map(boxes)
  const moved = new Map<NodeId, Point>()
  const pushing = [...before.keys()].map((id): [NodeId, Box | undefined] => [id, before.get(id)])
  // Each push goes down, so that this ends; the limit is for boxes without measure.
  for (let at = 0; at < pushing.length && at < 4 * boxes.size; at++) {
    const [id, was] = pushing[at] ?? []
    const box = id === undefined ? undefined : now.get(id)
    if (!box || !was) continue
    for (const [other, there] of now) {
      if (other === id || !overlap(box, there) || overlap(was, there) || there.y < was.y) continue
      const place = { x: there.x, y: Math.round(box.y + box.height + gap) }
      pushing.push([other, there])
      now.set(other, { ...there, ...place })
      moved.set(other, place)
    }
  }
  return moved
}

/** Places for the nodes that have to go down so that none lies on another; the upper ones stay. */
export function spread(boxes: ReadonlyMap<NodeId, Box>): Map<NodeId, Point> {
  const placed: Box[] = []
  const moved = new Map<NodeId, Point>()
  for (const [id, box] of [...boxes].sort(([, a], [, b]) => a.y - b.y || a.x - b.x)) {
    let free = box
    for (
      let under = placed.find((one) => overlap(one, free));
      under;
      under = placed.find((one) => overlap(one, free))
    ) {
      free = { ...free, y: Math.round(under.y + under.height + gap) }
    }
    placed.push(free)
    if (free !== box) moved.set(id, { x: free.x, y: free.y })
  }
  return moved
}

/** Room that a group leaves around its nodes; its title stands above them. */
const groupRoom = { side: 24, top: 56 } as const

/** The graph with nodes moved, and each group grown so that it still holds the nodes that it held. */
export function movedWithGroups(
  graph: Graph,
  boxes: ReadonlyMap<NodeId, Box>,
  places: ReadonlyMap<NodeId, Point>,
): Graph {
  const { groups } = graph.layout ?? {}
  const moved = moveNodes(graph, places)
  if (!groups || places.size === 0) return moved
  const grown = Object.entries(groups).map(([id, group]): [string, GroupLayout] => {
    const inside = nodesInside(boxes, group).flatMap((node) => {
      const box = boxes.get(node)
      return box ? [{ ...box, ...places.get(node) }] : []
    })
    const bounds = boundsOf(inside)
    if (!bounds) return [id, group]
    const right = Math.max(group.x + group.width, bounds.x + bounds.width + groupRoom.side)
    const bottom = Math.max(group.y + group.height, bounds.y + bounds.height + groupRoom.side)
    return [id, { ...group, width: right - group.x, height: bottom - group.y }]
  })
  return { ...moved, layout: { ...moved.layout, groups: Object.fromEntries(grown) } }
}
