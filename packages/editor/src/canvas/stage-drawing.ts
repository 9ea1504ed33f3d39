import type { StoreApi } from 'zustand/vanilla'
import type { Box, NodeId } from '@patchbay/engine/workflow'
import type { NodeRun } from '../state/runs/run.ts'
import { cull, type Standing } from './culling.ts'
import { paint, visibleArea } from './painting/painter.ts'
import { readPalette, type PaintedPicture, type Palette } from './painting/painter-frame.ts'
import type { ReteView } from './rete-view.ts'
import type { Scene } from './scene.ts'
import type { StageContext, StageState } from './stage-state.ts'

/** How long the view stands still before it is drawn sharp again, in milliseconds. */
const restMs = 120

export interface DrawingHost {
  readonly store: StoreApi<StageState>
  readonly scene: Scene
  readonly view: ReteView
  readonly context: StageContext
  readonly runOf: (id: NodeId) => NodeRun | undefined
  readonly pictureOf: (id: NodeId) => PaintedPicture | undefined
}

/**
 * Draws the stage, at most once a frame: mounts the nodes that are near and paints the rest on the layer under them.
 */
export class StageDrawing {
  /** In pixels of the page. */
  size: { readonly width: number; readonly height: number } = { width: 1, height: 1 }
  private readonly host: DrawingHost
  private readonly layer: HTMLCanvasElement
  private palette: Palette
  private frame = 0
  private shown: Standing['shown'] = new Set()
  private isMoving = false
  private resting = 0

  constructor(host: DrawingHost, layer: HTMLCanvasElement) {
    this.host = host
    this.layer = layer
    this.palette = readPalette(host.view.container)
  }

  /** Reads tokens again after a change of theme. */
  recolor(): void {
    this.palette = readPalette(this.host.view.container)
    this.schedule()
  }

  /** Takes the size of the container over. */
  measure(): void {
    const { clientWidth, clientHeight } = this.host.view.container
    this.size = { width: Math.max(1, clientWidth), height: Math.max(1, clientHeight) }
    const ratio = window.devicePixelRatio || 1
    this.layer.width = Math.round(this.size.width * ratio)
    this.layer.height = Math.round(this.size.height * ratio)
    this.schedule()
  }

  /** The part of the canvas that is seen. */
  area(): Box {
    return visibleArea({ transform: this.host.view.transform, ...this.size })
  }

  isShown(id: NodeId): boolean {
    return this.shown.has(id)
  }

  /** The view moves: draws it plainly until it rests. */
  viewMoved(): void {
    const { style } = this.host.view.content
    clearTimeout(this.resting)
    this.isMoving = true
    // As a layer of its own the page under the view is moved, not drawn again; at rest it is drawn sharp.
    style.willChange = this.shown.size > 0 ? 'transform' : ''
    this.resting = window.setTimeout(() => {
      this.isMoving = false
      style.willChange = ''
      this.schedule()
    }, restMs)
    this.schedule()
  }

  schedule(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.draw())
  }

  private draw(): void {
    const { store, scene, view, context, runOf, pictureOf } = this.host
    this.frame = 0
    this.cull()
    const canvas = this.layer.getContext('2d')
    if (!canvas) return
    paint(canvas, {
      scene,
      transform: view.transform,
      ...this.size,
      ratio: window.devicePixelRatio || 1,
      palette: this.palette,
      shown: this.shown,
      selection: context.document.store.getState().selection,
      selectedLink: store.getState().selectedLink,
      colorOf: context.registry.getState().registry.colorOf,
      nodeColor: (node) => node.layout?.color,
      runOf,
      pictureOf,
      linksHidden: context.settings.getState().linksHidden,
      moving: this.isMoving,
    })
  }

  /** Brings the page in line with what should stand in it, a few nodes at a time. */
  private cull(): void {
    const { store, scene, view } = this.host
    const { mounted, transform: before } = store.getState()
    const { transform } = view
    const next = cull(
      {
        scene,
        transform,
        area: this.area(),
        moving: this.isMoving,
        hasElement: (id) => view.element(id) !== undefined,
      },
      { mounted, shown: this.shown },
    )
    // Elements that are not seen have no box: with a thousand of them, each frame would spend its time on layers for
    // nothing.
    if (next.shown !== this.shown) {
      for (const id of this.shown) if (!next.shown.has(id)) view.show(id, false)
      for (const id of next.shown) view.show(id, true)
    }
    this.shown = next.shown
    const hasMoved = before.x !== transform.x || before.y !== transform.y || before.k !== transform.k
    if (next.mounted !== mounted || hasMoved)
      store.setState({ mounted: next.mounted, ...(hasMoved ? { transform } : {}) })
    view.draw(next.mounted)
    if (next.pending) this.schedule()
  }

  stop(): void {
    cancelAnimationFrame(this.frame)
    clearTimeout(this.resting)
  }
}
