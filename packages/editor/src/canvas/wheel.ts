import type { Settings } from '../state/settings/settings.ts'
import type { ReteView } from './rete-view.ts'

/** Pixels to a line of a wheel that tells lines. */
const lineHeight = 16

/** What is turned, as far as it decides. A trackpad's pinch comes as a wheel with Ctrl. */
type Wheel = Pick<WheelEvent, 'deltaX' | 'deltaY' | 'deltaMode' | 'ctrlKey' | 'metaKey' | 'shiftKey'>

/**
 * How far a turn of the wheel moves the view, in pixels of the page; undefined where it zooms. Sideways always moves;
 * with Shift a wheel that knows no sideways does as well.
 */
export function panOf(event: Wheel, wheel: Settings['wheel']): { readonly x: number; readonly y: number } | undefined {
  if (event.ctrlKey || event.metaKey) return undefined
  const unit = event.deltaMode === 1 ? lineHeight : 1
  const [x, y] = [event.deltaX * unit, event.deltaY * unit]
  if (event.shiftKey) return x === 0 ? { x: -y, y: 0 } : { x: -x, y: 0 }
  return wheel === 'pan' || Math.abs(x) > Math.abs(y) ? { x: -x, y: -y } : undefined
}

/** Lets the wheel move the view where it shall; what is left zooms as before. The answer ends it. */
export function listenToWheel(
  view: Pick<ReteView, 'container' | 'transform' | 'moveTo'>,
  wheelOf: () => Settings['wheel'],
) {
  const turned = (event: WheelEvent): void => {
    const pan = panOf(event, wheelOf())
    if (!pan || scrolls(event.target)) return
    event.preventDefault()
    event.stopImmediatePropagation()
    const { x, y, k } = view.transform
    void view.moveTo({ x: x + pan.x, y: y + pan.y, k })
  }
  view.container.addEventListener('wheel', turned, { capture: true, passive: false })
  return () => view.container.removeEventListener('wheel', turned, true)
}

/** A long text scrolls by itself. */
function scrolls(target: EventTarget | null): boolean {
  const text = target instanceof Element ? target.closest('textarea') : null
  return text !== null && text.scrollHeight > text.clientHeight
}
