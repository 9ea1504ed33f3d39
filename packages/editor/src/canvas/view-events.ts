import type { NodeId, Point } from '@patchbay/engine/workflow'
import type { SocketRef } from '../state/edits/links.ts'

/** Where the view lies: `x` and `y` in pixels of the page, `k` page pixels to a canvas pixel. */
export interface Transform extends Point {
  readonly k: number
}

/** What the canvas does with what happens in the view. Positions are canvas pixels. */
export interface ViewEvents {
  /** May a drag that starts with this event move the whole view? */
  readonly pans: (event: PointerEvent) => boolean
  readonly moved: (transform: Transform) => void
  readonly picked: (id: NodeId) => void
  /** A picked node is dragged to a place. */
  readonly dragged: (id: NodeId, to: Point) => void
  readonly dropped: (id: NodeId) => void
  /** A link is begun at a socket; the answer is the end that stays fixed, or undefined to refuse. */
  readonly linkBegins: (socket: SocketRef, event: PointerEvent | undefined) => SocketRef | undefined
  readonly linkMoves: (fixed: SocketRef, pointer: Point) => void
  readonly linkEnds: (fixed: SocketRef, target: SocketRef | undefined) => void
}
