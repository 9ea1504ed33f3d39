import type { NodeId, Point } from '@patchbay/engine/workflow'
import type { Modifiers } from './node-drag.ts'
import type { ReteView } from './rete-view.ts'
import type { Scene } from './scene.ts'

/** Parts of a node that a press works rather than drags. Rete hears presses before they reach them. */
const controls = 'button, input, textarea, select, .widget, .file-widget, .curve, .node-resize'

/** How a press ends. */
const ends = ['pointerup', 'pointercancel'] as const

export interface GestureHost {
  readonly view: Pick<ReteView, 'container' | 'content' | 'element' | 'pointOf' | 'show'>
  readonly scene: Pick<Scene, 'nodeAt'>
  readonly tool: () => 'hand' | 'select'
  /** Does the node stand in the page in full? */
  readonly isShown: (id: NodeId) => boolean
}

/** Recognises what a press on the canvas means: what it is on, with which keys, and whether it moves the view. */
export class PointerGestures {
  modifiers: Modifiers = { shift: false, ctrl: false, alt: false }
  /** The part of a node that the last press was on: its controls are worked, not dragged. */
  pressed: 'node' | 'control' | 'socket' = 'node'
  private readonly host: GestureHost
  /** A shape that was pressed: its element is there to be dragged, though it is empty. */
  private held: NodeId | undefined
  /** Space is held down; it has panned since. */
  private space: 'held' | 'panned' | undefined
  private isDown = false
  private lastPointer: { readonly clientX: number; readonly clientY: number } | undefined

  constructor(host: GestureHost) {
    this.host = host
  }

  /** Whether a press is going on, whose focus comes from where the person looks. */
  isPressing(): boolean {
    return this.isDown
  }

  /** Listens to the container; the answer ends it. */
  listen(): () => void {
    const { container } = this.host.view
    const press = (event: PointerEvent): void => {
      this.isDown = true
      this.press(event)
    }
    const release = (): void => void (this.isDown = false)
    const track = (event: PointerEvent): void => void (this.lastPointer = event)
    const forget = (): void => void (this.lastPointer = undefined)
    container.addEventListener('pointerdown', press, true)
    for (const end of ends) window.addEventListener(end, release, true)
    container.addEventListener('pointermove', track)
    container.addEventListener('pointerleave', forget)
    return () => {
      container.removeEventListener('pointerdown', press, true)
      for (const end of ends) window.removeEventListener(end, release, true)
      container.removeEventListener('pointermove', track)
      container.removeEventListener('pointerleave', forget)
    }
  }

  private press(event: PointerEvent): void {
    if (event.isTrusted && this.pressShape(event)) return
    this.modifiers = { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey, alt: event.altKey }
    const control = event.target instanceof Element ? event.target.closest(controls) : null
    this.pressed = control === null ? 'node' : control.classList.contains('socket') ? 'socket' : 'control'
  }

  /**
   * A press on a shape: gives it its element, which hears the press in its place. True when the press was handed on.
   */
  private pressShape(event: PointerEvent): boolean {
    const { view, scene, isShown } = this.host
    const { target } = event
    const isEmpty =
      target === view.container ||
      target === view.content ||
      (target instanceof Element && target.closest('.group') !== null)
    if (!isEmpty) return false
    const id = scene.nodeAt(view.pointOf(event))
    const element = id === undefined || isShown(id) ? undefined : view.element(id)
    if (id === undefined || !element) return false
    if (this.held !== undefined && !isShown(this.held)) view.show(this.held, false)
    this.held = id
    view.show(id, true)
    event.stopPropagation()
    element.dispatchEvent(new PointerEvent(event.type, event))
    return true
  }

  isHeld(id: NodeId): boolean {
    return this.held === id
  }

  /** Whether a drag that starts with this event moves the whole view. */
  pans(event: PointerEvent): boolean {
    if (event.button === 1) return true
    if (event.button !== 0) return false
    const isPlain = !event.shiftKey && !event.ctrlKey && !event.metaKey
    return this.space !== undefined || event.pointerType === 'touch' || (this.host.tool() === 'hand' && isPlain)
  }

  holdSpace(): void {
    this.space ??= 'held'
    this.host.view.container.dataset['space'] = ''
  }

  /** Space is let go; true when it was held and nothing was panned with it. */
  releaseSpace(): boolean {
    const { space } = this
    this.space = undefined
    delete this.host.view.container.dataset['space']
    return space === 'held'
  }

  /** The view was moved, with Space if that is held. */
  viewMoved(): void {
    if (this.space) this.space = 'panned'
  }

  /** Where the pointer last was, in canvas pixels; undefined when it has left the canvas. */
  lastPoint(): Point | undefined {
    return this.lastPointer && this.host.view.pointOf(this.lastPointer)
  }
}
