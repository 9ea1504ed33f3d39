import { boundsOf, type Box, type NodeId } from '@patchbay/engine/workflow'
import type { OpenDocument } from '../state/documents/document.ts'
import type { ReteView } from './rete-view.ts'
import type { Scene } from './scene.ts'

/** What the camera looks at, and what it moves. */
export interface CameraSubject {
  readonly view: Pick<ReteView, 'transform' | 'moveTo'>
  readonly scene: Pick<Scene, 'boxes' | 'boxOf'>
  readonly size: { readonly width: number; readonly height: number }
  /** The part of the canvas that is seen. */
  readonly area: () => Box
  readonly context: { readonly document: Pick<OpenDocument, 'graph'> }
}

/** Room that is left around what is shown, in pixels of the page; the tools stand at the bottom. */
const room = { x: 96, y: 130 } as const
/** As much on a phone, where little is to spare. */
const narrowRoom = { x: 24, y: 150 } as const

/** Zooms about the middle of the view. */
export function zoomBy(stage: CameraSubject, factor: number): Promise<void> {
  const { x, y, k } = stage.view.transform
  const { width, height } = stage.size
  const next = Math.min(3, Math.max(0.04, k * factor))
  return stage.view.moveTo({
    x: width / 2 - ((width / 2 - x) / k) * next,
    y: height / 2 - ((height / 2 - y) / k) * next,
    k: next,
  })
}

/** Shows all nodes (or the given ones), no closer than life size. */
export function fitView(stage: CameraSubject, ids?: Iterable<NodeId>): Promise<void> {
  const { groups, notes } = stage.context.document.graph().layout ?? {}
  const rest = ids ? [] : [...Object.values(groups ?? {}), ...Object.values(notes ?? {})]
  const bounds = boundsOf([...stage.scene.boxes(ids).values(), ...rest])
  const { width, height } = stage.size
  if (!bounds) return stage.view.moveTo({ x: width / 2, y: height / 3, k: 1 })
  const { x, y } = width < 600 ? narrowRoom : room
  const fitting = Math.min((width - x) / bounds.width, (height - y) / bounds.height)
  const k = Math.min(1, Math.max(0.04, fitting))
  return stage.view.moveTo({
    x: width / 2 - (bounds.x + bounds.width / 2) * k,
    y: (height - 30) / 2 - (bounds.y + bounds.height / 2) * k,
    k,
  })
}

/** Brings a node into the middle of the view, large enough to work with, unless it is so already. */
export function reveal(stage: CameraSubject, id: NodeId): Promise<void> {
  const box = stage.scene.boxOf(id)
  if (!box) return Promise.resolve()
  const before = stage.view.transform.k
  const k = Math.max(before, 0.75)
  const area = stage.area()
  const right = box.x + box.width <= area.x + area.width
  const below = box.y + box.height <= area.y + area.height
  if (k === before && box.x >= area.x && box.y >= area.y && right && below) return Promise.resolve()
  return stage.view.moveTo({
    x: stage.size.width / 2 - (box.x + box.width / 2) * k,
    y: stage.size.height / 2 - (box.y + box.height / 2) * k,
    k,
  })
}

/** Moves the view, without a zoom, until a node is in it; what is too large for it shows its upper left corner. */
export function panTo(stage: CameraSubject, id: NodeId): Promise<void> {
  const box = stage.scene.boxOf(id)
  if (!box) return Promise.resolve()
  const { x, y, k } = stage.view.transform
  const next = {
    x: shifted(x, box.x * k, box.width * k, stage.size.width),
    y: shifted(y, box.y * k, box.height * k, stage.size.height),
  }
  return next.x === x && next.y === y ? Promise.resolve() : stage.view.moveTo({ ...next, k })
}

/** How far from the edge of the view a node is left by `panTo`, in pixels of the page. */
const edge = 24

/** An offset of the view by which a stretch from `from` of the length `length` lies within `size`. */
function shifted(offset: number, from: number, length: number, size: number): number {
  if (from + offset < edge || length > size - 2 * edge) {
    const isAtStart = from + offset >= edge && from + offset <= size / 2
    return isAtStart ? offset : edge - from
  }
  return from + length + offset > size - edge ? size - edge - from - length : offset
}
