import { type Box, type NodeId, type Point, boundsOf } from '@patchbay/engine/workflow'

export const alignments = ['left', 'center', 'right', 'top', 'middle', 'bottom'] as const
export type Alignment = (typeof alignments)[number]

/** Where the boxes go when one edge (or their middles) shall lie on one line. */
export function align(boxes: ReadonlyMap<NodeId, Box>, edge: Alignment): Map<NodeId, Point> {
  const all = boundsOf([...boxes.values()])
  if (!all) return new Map()
  return new Map(
    [...boxes].map(([id, { x, y, width, height }]): [NodeId, Point] => {
      switch (edge) {
        case 'left':
          return [id, { x: all.x, y }]
        case 'center':
          return [id, { x: all.x + (all.width - width) / 2, y }]
        case 'right':
          return [id, { x: all.x + all.width - width, y }]
        case 'top':
          return [id, { x, y: all.y }]
        case 'middle':
          return [id, { x, y: all.y + (all.height - height) / 2 }]
        case 'bottom':
          return [id, { x, y: all.y + all.height - height }]
      }
    }),
  )
}

/** Where the boxes go when the gaps between neighbours shall be equal; the outermost two stay. */
export function distribute(boxes: ReadonlyMap<NodeId, Box>, axis: 'x' | 'y'): Map<NodeId, Point> {
  const length = axis === 'x' ? 'width' : 'height'
  const sorted = [...boxes].sort(([, a], [, b]) => a[axis] - b[axis])
  const all = boundsOf([...boxes.values()])
  if (!all || sorted.length < 3) return new Map()
  const filled = sorted.reduce((sum, [, box]) => sum + box[length], 0)
  const gap = (all[length] - filled) / (sorted.length - 1)
  let at = all[axis]
  return new Map(
    sorted.map(([id, box]): [NodeId, Point] => {
      const place = axis === 'x' ? { x: at, y: box.y } : { x: box.x, y: at }
      at += box[length] + gap
      return [id, place]
    }),
  )
}

export function snapped(point: Point, grid: number): Point {
  return { x: Math.round(point.x / grid) * grid, y: Math.round(point.y / grid) * grid }
}
