import { createStore, type StoreApi } from 'zustand/vanilla'
import { placeMissing, type Box, type NodeId, type NodeManifest, type Point } from '@patchbay/engine/workflow'
import type { OpenDocument } from '../state/documents/document.ts'
import { manifestOfNode, type Registry } from '../state/registry/registry.ts'
import { pictureAspect, runOfInner, type JobRun, type NodeRun } from '../state/runs/run.ts'
import { nodesInside } from '../state/edits/decorations.ts'
import type { Settings } from '../state/settings/settings.ts'
import { fitView } from './camera.ts'
import { cull, type Standing } from './culling.ts'
import { distanceTo } from './link-path.ts'
import { LinkDrag, type LinkEvents } from './link-drag.ts'
import { NodeDrag } from './node-drag.ts'
import { paint, readPalette, visibleArea, type Palette } from './painter.ts'
import { ReteView, type Transform, type ViewEvents } from './rete-view.ts'
import { Scene } from './scene.ts'

/** What the page draws: everything else is on the layer under it. */
export interface StageState {
  /** Nodes that stand in the page; the others are shapes on the layer under it. */
  readonly mounted: ReadonlySet<NodeId>
  readonly transform: Transform
  readonly selectedLink: string | undefined
  /** The node (by id) or group (`group/<id>`) whose title is being typed. */
  readonly renaming: string | undefined
  readonly tool: 'hand' | 'select'
  readonly ready: boolean
}

export interface StageContext {
  readonly document: OpenDocument
  readonly registry: StoreApi<{ readonly registry: Registry }>
  readonly settings: StoreApi<Settings>
  /** The run that the document shows. */
  readonly run: () => JobRun | undefined
  readonly subscribeRun: (listener: () => void) => () => void
  /** Nodes whose advanced inputs are shown. */
  readonly advanced: StoreApi<{ readonly nodes: ReadonlySet<NodeId> }>
}

/** Parts of a node that a press works rather than drags. Rete hears presses before they reach them. */
const controls = 'button, input, textarea, select, .widget, .file-widget, .curve, .node-resize'

/** The canvas: keeps scene, Rete's view, the drawing layer and what is mounted in line with the document. */
export class Stage {
  readonly store: StoreApi<StageState>
  readonly scene = new Scene()
  readonly view: ReteView
  readonly links: LinkDrag
  readonly context: StageContext
  private readonly canvas: HTMLCanvasElement
  private readonly cleanups: (() => void)[] = []
  private palette: Palette
  private frame = 0
  private readonly drag = new NodeDrag(this)
  private shown: Standing['shown'] = new Set()
  /** A shape that was pressed: its element is there to be dragged, though it is empty. */
  private held: NodeId | undefined
  private modifiers = { shift: false, ctrl: false, alt: false }
  /** Space is held down; it has panned since. */
  private space: 'held' | 'panned' | undefined
  private moving = false
  private resting = 0
  /** What of a node the last press was on: its controls are worked, not dragged. */
  private pressed: 'node' | 'control' | 'socket' = 'node'
  private lastPointer: { readonly clientX: number; readonly clientY: number } | undefined
  size: { readonly width: number; readonly height: number } = { width: 1, height: 1 }

  constructor(
    container: HTMLElement,
    canvas: HTMLCanvasElement,
    pseudo: SVGPathElement,
    context: StageContext,
    events: LinkEvents,
  ) {
    this.canvas = canvas
    this.context = context
    this.store = createStore<StageState>(() => ({
      mounted: new Set(),
      transform: { x: 0, y: 0, k: 1 },
      selectedLink: undefined,
      renaming: undefined,
      tool: context.settings.getState().tool,
      ready: false,
    }))
    this.palette = readPalette(container)
    this.scene.setLinkStyle(context.settings.getState().linkStyle)
    this.view = new ReteView(container, this.viewEvents())
    this.links = new LinkDrag(this, pseudo, events)
    const resized = new ResizeObserver(() => this.measure())
    resized.observe(container)
    this.measure()
    const remember = (event: PointerEvent): void => {
      if (event.isTrusted && this.pressShape(event)) return
      this.modifiers = { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey, alt: event.altKey }
      const control = event.target instanceof Element ? event.target.closest(controls) : null
      this.pressed = control === null ? 'node' : control.classList.contains('socket') ? 'socket' : 'control'
    }
    const track = (event: PointerEvent): void => void (this.lastPointer = event)
    const forget = (): void => void (this.lastPointer = undefined)
    container.addEventListener('pointerdown', remember, true)
    container.addEventListener('pointermove', track)
    container.addEventListener('pointerleave', forget)
    this.cleanups.push(
      () => resized.disconnect(),
      () => container.removeEventListener('pointerdown', remember, true),
      context.document.store.subscribe((state, before) => {
        if (state.workflow !== before.workflow || state.path !== before.path) this.refresh(state.path !== before.path)
        else this.schedule()
      }),
      context.settings.subscribe(({ linkStyle }) => {
        this.scene.setLinkStyle(linkStyle)
        this.schedule()
      }),
      context.registry.subscribe(() => this.refresh(false)),
      context.advanced.subscribe(() => this.refresh(false)),
      context.subscribeRun(() => this.refresh(false)),
    )
    this.refresh(true)
  }

  // What the view asks.

  private viewEvents(): ViewEvents {
    return {
      pans: (event) =>
        event.button === 1 ||
        (event.button === 0 &&
          (this.space !== undefined ||
            (this.store.getState().tool === 'hand' && !event.shiftKey && !event.ctrlKey && !event.metaKey) ||
            event.pointerType === 'touch')),
      moved: () => this.follow(),
      picked: (id) => this.pick(id),
      dragged: (id, to) => this.drag.moveTo(id, to),
      dropped: () => this.drag.end(),
      linkBegins: (socket) => this.links.take(socket, this.modifiers.shift),
      linkMoves: (fixed, pointer) => this.links.follow(fixed, pointer),
      linkEnds: (fixed, target) => this.links.end(fixed, target),
    }
  }

  /** The view moves: draws it plainly until it rests. */
  private follow(): void {
    if (this.space) this.space = 'panned'
    clearTimeout(this.resting)
    this.moving = true
    // As a layer of its own the page under the view is moved, not drawn again; at rest it is drawn sharp.
    this.view.content.style.willChange = this.shown.size > 0 ? 'transform' : ''
    this.resting = window.setTimeout(() => {
      this.moving = false
      this.view.content.style.willChange = ''
      this.schedule()
    }, 120)
    this.schedule()
  }

  private pick(id: NodeId): void {
    if (this.pressed === 'socket') return
    this.drag.begin(id, this.modifiers, this.pressed === 'control')
    this.store.setState({ selectedLink: undefined })
    this.view.raise(id)
  }

  /** Shows nodes moved from their places, before the document knows. */
  moveLive(start: ReadonlyMap<NodeId, Point>, shift: Point): void {
    const places = new Map(
      [...start].map(([one, { x, y }]): [NodeId, Point] => [one, { x: x + shift.x, y: y + shift.y }]),
    )
    this.scene.moveLive(places)
    for (const [one, place] of places) this.view.put(one, place)
    this.schedule()
  }

  /** Writes the places that are shown into the document, as one step. */
  settleLive(ids: Iterable<NodeId>): Map<NodeId, Point> {
    return new Map(
      [...ids].map((id): [NodeId, Point] => {
        const { x, y } = this.scene.place(id)
        return [id, { x: Math.round(x), y: Math.round(y) }]
      }),
    )
  }

  manifestOf(id: NodeId): NodeManifest | undefined {
    return this.scene.nodes.get(id)?.manifest
  }

  /** The link nearest to a point, within a few pixels on the screen. */
  linkAt(point: Point): { readonly key: string; readonly piece: number } | undefined {
    const { k } = this.view.transform
    const reach = 9 / k
    const near = this.scene.linksIn({ x: point.x - reach, y: point.y - reach, width: 2 * reach, height: 2 * reach })
    let best: { key: string; piece: number; distance: number } | undefined
    for (const drawn of near) {
      const { distance, piece } = distanceTo(drawn.pieces, point)
      if (distance <= reach && distance < (best?.distance ?? Infinity)) {
        best = { key: drawn.link.key, piece: Math.floor(piece / drawn.perSegment), distance }
      }
    }
    return best
  }

  // View.

  setTool(tool: StageState['tool']): void {
    this.store.setState({ tool })
    this.context.settings.setState({ tool })
  }

  /** Begins to type a title, or ends it. */
  rename(key: string | undefined): void {
    this.store.setState({ renaming: key })
  }

  holdSpace(): void {
    this.space ??= 'held'
    this.view.container.dataset['space'] = ''
  }

  /** Space is let go; true when it was held and nothing was panned with it. */
  releaseSpace(): boolean {
    const { space } = this
    this.space = undefined
    delete this.view.container.dataset['space']
    return space === 'held'
  }

  /** The part of the canvas that is seen. */
  area(): Box {
    return visibleArea({ transform: this.view.transform, ...this.size })
  }

  center(): Point {
    const area = this.area()
    return { x: area.x + area.width / 2, y: area.y + area.height / 2 }
  }

  nodesInside(area: Box): NodeId[] {
    return nodesInside(this.scene.boxes(), area)
  }

  /** Where the pointer last was, if that is on the canvas. */
  pointerOr(otherwise: Point): Point {
    const area = this.area()
    const at = this.lastPointer && this.view.pointOf(this.lastPointer)
    const inside = at && at.x >= area.x && at.y >= area.y && at.x <= area.x + area.width && at.y <= area.y + area.height
    return inside ? at : otherwise
  }

  // Keeping in line.

  /** Reads tokens again after a change of theme. */
  recolor(): void {
    this.palette = readPalette(this.view.container)
    this.schedule()
  }

  private refresh(fresh: boolean): void {
    const { document, registry, advanced } = this.context
    const { workflow, path } = document.store.getState()
    const run = this.context.run()
    const prefix = path.map(({ node }) => `${node}/`).join('')
    const graph = document.graph()
    const placed = placeMissing(graph, graph.layout)
    const shownAdvanced = advanced.getState().nodes
    const { registry: known } = registry.getState()
    const { changed } = this.scene.update(placed === graph.layout ? graph : { ...graph, layout: placed }, {
      manifestOf: (instance) => manifestOfNode(known, workflow, instance),
      showsAdvanced: (id) => shownAdvanced.has(id),
      pictureAspect: (id) => pictureAspect(run?.pictures[prefix + id]),
    })
    void this.view.sync(new Set(this.scene.nodes.keys())).then(() => {
      for (const id of fresh ? this.scene.nodes.keys() : changed) this.fitElement(id)
      this.schedule()
      if (!this.store.getState().ready) this.store.setState({ ready: true })
    })
    for (const id of changed) this.fitElement(id)
    if (fresh) {
      const view = path.length === 0 ? workflow.layout?.view : undefined
      void (view ? this.view.moveTo({ x: view.x, y: view.y, k: view.zoom }) : fitView(this))
      this.store.setState({ selectedLink: undefined })
    }
    this.schedule()
  }

  private fitElement(id: NodeId): void {
    const element = this.view.element(id)
    const node = this.scene.nodes.get(id)
    if (!element || !node) return
    element.dataset['node'] = id
    element.style.width = `${String(node.geometry.width)}px`
    element.style.height = `${String(node.geometry.height)}px`
    element.hidden = !this.shown.has(id) && this.held !== id
    this.view.put(id, this.scene.place(id))
  }

  private measure(): void {
    const { clientWidth, clientHeight } = this.view.container
    this.size = { width: Math.max(1, clientWidth), height: Math.max(1, clientHeight) }
    const ratio = window.devicePixelRatio || 1
    this.canvas.width = Math.round(this.size.width * ratio)
    this.canvas.height = Math.round(this.size.height * ratio)
    this.schedule()
  }

  runOf(id: NodeId): NodeRun | undefined {
    const run = this.context.run()
    const { path } = this.context.document.store.getState()
    return run && runOfInner(run, path.map(({ node }) => `${node}/`).join('') + id)
  }

  schedule(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.draw())
  }

  private draw(): void {
    this.frame = 0
    this.cull()
    const { registry } = this.context.registry.getState()
    const { selection } = this.context.document.store.getState()
    const { selectedLink } = this.store.getState()
    const context = this.canvas.getContext('2d')
    if (!context) return
    paint(context, {
      scene: this.scene,
      transform: this.view.transform,
      ...this.size,
      ratio: window.devicePixelRatio || 1,
      palette: this.palette,
      shown: this.shown,
      selection,
      selectedLink,
      colorOf: registry.colorOf,
      nodeColor: (node) => node.layout?.color,
      runOf: (id) => this.runOf(id),
      linksHidden: this.context.settings.getState().linksHidden,
      moving: this.moving,
    })
  }

  /** Brings the page in line with what should stand in it, a few nodes at a time. */
  private cull(): void {
    const { mounted, transform: told } = this.store.getState()
    const { transform } = this.view
    const next = cull(
      {
        scene: this.scene,
        transform,
        area: this.area(),
        moving: this.moving,
        hasElement: (id) => this.view.element(id) !== undefined,
      },
      { mounted, shown: this.shown },
    )
    // Elements that are not seen have no box: with a thousand of them, each frame would spend its time on layers for nothing.
    if (next.shown !== this.shown) {
      for (const id of this.shown) if (!next.shown.has(id)) this.view.show(id, false)
      for (const id of next.shown) this.view.show(id, true)
    }
    this.shown = next.shown
    const moved = told.x !== transform.x || told.y !== transform.y || told.k !== transform.k
    if (next.mounted !== mounted || moved)
      this.store.setState({ mounted: next.mounted, ...(moved ? { transform } : {}) })
    this.view.draw(next.mounted)
    if (next.pending) this.schedule()
  }

  /** A press on a shape: gives it its element, which hears the press in its place. True when the press was handed on. */
  private pressShape(event: PointerEvent): boolean {
    const { target } = event
    const { container, content } = this.view
    const empty = target === container || target === content || (target instanceof Element && target.closest('.group'))
    if (!empty) return false
    const id = this.scene.nodeAt(this.view.pointOf(event))
    const element = id === undefined || this.shown.has(id) ? undefined : this.view.element(id)
    if (id === undefined || !element) return false
    if (this.held !== undefined && !this.shown.has(this.held)) this.view.show(this.held, false)
    this.held = id
    this.view.show(id, true)
    event.stopPropagation()
    element.dispatchEvent(new PointerEvent(event.type, event))
    return true
  }

  destroy(): void {
    cancelAnimationFrame(this.frame)
    clearTimeout(this.resting)
    for (const cleanup of this.cleanups) cleanup()
    this.view.destroy()
  }
}
