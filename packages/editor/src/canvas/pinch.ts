import type { Point } from '@patchbay/engine/workflow'
import type { ReteView } from './rete-view.ts'
import type { Transform } from './view-events.ts'

type PinchView = Pick<ReteView, 'container' | 'transform' | 'moveTo'>

interface Grip {
  readonly middle: Point
  readonly span: number
}

/**
 * Two fingers move and zoom the view wherever they begin, on nodes too. `began` is told when the second finger comes:
 * what the first one began is given up. The answer ends it.
 */
export function listenToPinch(view: PinchView, began: () => void): () => void {
  const fingers = new Map<number, Point>()
  let held: { readonly grip: Grip; readonly from: Transform } | undefined
  const down = (event: PointerEvent): void => {
    if (event.pointerType !== 'touch') return
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (fingers.size !== 2) return
    began()
    held = { grip: gripOf(fingers), from: view.transform }
    event.stopPropagation()
  }
  const move = (event: PointerEvent): void => {
    if (!fingers.has(event.pointerId)) return
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (!held) return
    event.stopPropagation()
    void view.moveTo(pinched(held.from, held.grip, gripOf(fingers), view.container.getBoundingClientRect()))
  }
  const up = (event: PointerEvent): void => {
    fingers.delete(event.pointerId)
    if (fingers.size < 2) held = undefined
  }
  const { container } = view
  const standing = new AbortController()
  const options = { capture: true, signal: standing.signal }
  container.addEventListener('pointerdown', down, options)
  window.addEventListener('pointermove', move, options)
  window.addEventListener('pointerup', up, options)
  window.addEventListener('pointercancel', up, options)
  return () => standing.abort()
}

function gripOf(fingers: ReadonlyMap<number, Point>): Grip {
  const [a = { x: 0, y: 0 }, b = a] = fingers.values()
  return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, span: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) }
}

/** The view after a pinch: what was between the fingers stays there. */
export function pinched(
  from: Transform,
  before: Grip,
  now: Grip,
  { left, top }: { left: number; top: number },
): Transform {
  const k = Math.min(3, Math.max(0.04, (from.k * now.span) / before.span))
  const at = { x: (before.middle.x - left - from.x) / from.k, y: (before.middle.y - top - from.y) / from.k }
  return { x: now.middle.x - left - at.x * k, y: now.middle.y - top - at.y * k, k }
}
