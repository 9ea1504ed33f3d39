import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ReactElement } from 'react'
import { placeMissing, type Box, type NodeId, type NodeManifest, type Point } from '@patchbay/engine/workflow'
import { manifestOfNode } from '../state/registry/registry.ts'
import { pictureAspect, runOfInner, type NodeRun, type Picture } from '../state/runs/run.ts'
import { nodesInside } from '../state/edits/decorations.ts'
import { withGraph } from '../state/edits/graph.ts'
import { movedWithGroups, roomBelow } from '../state/edits/room.ts'
import { readingOrder } from '../state/edits/reading-order.ts'
import { fitView, panTo } from './camera.ts'
import { distanceTo } from './link-path.ts'
import { LinkDrag, type LinkEvents } from './link-drag.ts'
import { NodeDrag } from './node-drag.ts'
import { PaintedPictures } from './painting/painted-pictures.ts'
import type { PaintedPicture } from './painting/painter-frame.ts'
import { listenToPinch } from './pinch.ts'
import { PointerGestures } from './pointer-gestures.ts'
import { ReteView } from './rete-view.ts'
import { Scene } from './scene.ts'
import { StageDrawing } from './stage-drawing.ts'
import type { StageContext, StageState } from './stage-state.ts'
import { listenToWheel } from './wheel.ts'
import type { ViewEvents } from './view-events.ts'

/** How near to a link a point counts as on it, in pixels of the page. */
const linkReach = 9

export interface StageParts {
  readonly container: HTMLElement
  /** The layer under the page. */
  readonly layer: HTMLCanvasElement
  /** The link that is being drawn. */
  readonly pseudo: SVGPathElement
  readonly renderNode: (id: NodeId) => ReactElement
}

/** The canvas: keeps scene, Rete's view and the drawing in line with the document. */
export class Stage {
  readonly store: StoreApi<StageState>
  readonly scene = new Scene()
  readonly view: ReteView
  readonly links: LinkDrag
  readonly context: StageContext
  private readonly cleanups: (() => void)[] = []
  /** The nodes as they are read. */
  private order: ReadonlySet<NodeId> = new Set()
  private readonly drag = new NodeDrag(this)
  private readonly drawing: StageDrawing
  readonly pictures: PaintedPictures
  private readonly gestures: PointerGestures

  constructor({ container, layer, pseudo, renderNode }: StageParts, context: StageContext, events: LinkEvents) {
    this.context = context
    this.store = createStore<StageState>(() => ({
      mounted: new Set(),
      transform: { x: 0, y: 0, k: 1 },
      selectedLink: undefined,
      renaming: undefined,
      tool: context.settings.getState().tool,
      ready: false,
    }))
    this.scene.setLinkStyle(context.settings.getState().linkStyle)
    this.view = new ReteView(container, this.viewEvents(), renderNode)
    const { store, scene, view } = this
    this.pictures = new PaintedPictures(context.pictureAddress, () => this.schedule())
    const runOf = (id: NodeId): NodeRun | undefined => this.runOf(id)
    const pictureOf = (id: NodeId): PaintedPicture | undefined => this.pictures.of(this.pictureOn(id))
    this.drawing = new StageDrawing({ store, scene, view, context, runOf, pictureOf }, layer)
    this.gestures = new PointerGestures({
      view,
      scene,
      tool: () => store.getState().tool,
      isShown: (id) => this.drawing.isShown(id),
    })
    this.links = new LinkDrag(this, pseudo, events)
    const resized = new ResizeObserver(() => this.drawing.measure())
    resized.observe(container)
    this.drawing.measure()
    const revealFocus = (event: FocusEvent): void => this.revealFocus(event)
    container.addEventListener('focusin', revealFocus)
    this.cleanups.push(
      () => resized.disconnect(),
      () => container.removeEventListener('focusin', revealFocus),
      this.gestures.listen(),
      listenToWheel(this.view, () => context.settings.getState().wheel),
      listenToPinch(this.view, () => this.drag.cancel()),
      ...this.followContext(),
    )
    this.refresh(true)
  }

  /** Brings what got the focus by a key into view; a press is where the person looks. */
  private revealFocus({ target }: FocusEvent): void {
    if (!(target instanceof HTMLElement) || this.gestures.isPressing()) return
    const id = target.closest<HTMLElement>('[data-node]')?.dataset['node']
    if (id !== undefined) void panTo(this, id)
  }

  private viewEvents(): ViewEvents {
    return {
      pans: (event) => this.gestures.pans(event),
      moved: () => {
        this.gestures.viewMoved()
        this.drawing.viewMoved()
      },
      picked: (id) => this.pick(id),
      dragged: (id, to) => this.drag.moveTo(id, to),
      dropped: () => this.drag.end(),
      linkBegins: (socket) => this.links.take(socket, this.gestures.modifiers.shift),
      linkMoves: (fixed, pointer) => this.links.follow(fixed, pointer),
      linkEnds: (fixed, target) => this.links.end(fixed, target),
    }
  }

  private followContext(): (() => void)[] {
    const { document, settings, registry, advanced, subscribeRun } = this.context
    return [
      document.store.subscribe((state, before) => {
        if (state.workflow !== before.workflow || state.path !== before.path) this.refresh(state.path !== before.path)
        else this.schedule()
      }),
      settings.subscribe(({ linkStyle }) => {
        this.scene.setLinkStyle(linkStyle)
        this.schedule()
      }),
      registry.subscribe(() => this.refresh(false)),
      advanced.subscribe(() => this.refresh(false)),
      subscribeRun(() => this.refresh(false)),
    ]
  }

  private pick(id: NodeId): void {
    const { pressed, modifiers } = this.gestures
    if (pressed === 'socket') return
    this.drag.begin(id, modifiers, pressed === 'control')
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

  /** The places that are shown, in whole pixels, to be written into the document as one step. */
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

  runOf(id: NodeId): NodeRun | undefined {
    const run = this.context.run()
    const { path } = this.context.document.store.getState()
    return run && runOfInner(run, path.map(({ node }) => `${node}/`).join('') + id)
  }

  /** The first picture that stands on a node. */
  pictureOn(id: NodeId): Picture | undefined {
    const { path } = this.context.document.store.getState()
    return this.context.run()?.pictures[path.map(({ node }) => `${node}/`).join('') + id]?.[0]
  }

  /** The link nearest to a point, within a few pixels on the screen. */
  linkAt(point: Point): { readonly key: string; readonly piece: number } | undefined {
    const reach = linkReach / this.view.transform.k
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

  setTool(tool: StageState['tool']): void {
    this.store.setState({ tool })
    this.context.settings.setState({ tool })
  }

  /** Begins to type a title, or ends it. */
  rename(key: string | undefined): void {
    this.store.setState({ renaming: key })
  }

  holdSpace(): void {
    this.gestures.holdSpace()
  }

  /** Space is let go; true when it was held and nothing was panned with it. */
  releaseSpace(): boolean {
    return this.gestures.releaseSpace()
  }

  get size(): { readonly width: number; readonly height: number } {
    return this.drawing.size
  }

  /** The part of the canvas that is seen. */
  area(): Box {
    return this.drawing.area()
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
    const at = this.gestures.lastPoint()
    const inside = at && at.x >= area.x && at.y >= area.y && at.x <= area.x + area.width && at.y <= area.y + area.height
    return inside ? at : otherwise
  }

  recolor(): void {
    this.drawing.recolor()
  }

  schedule(): void {
    this.drawing.schedule()
  }

  private refresh(isFresh: boolean): void {
    const { document, registry, advanced } = this.context
    const { workflow, path } = document.store.getState()
    const run = this.context.run()
    const prefix = path.map(({ node }) => `${node}/`).join('')
    const graph = document.graph()
    const layout = placeMissing(graph, graph.layout)
    const advancedNodes = advanced.getState().nodes
    const { registry: definitions } = registry.getState()
    const before = this.scene.boxes()
    const hadPicture = new Set([...this.scene.nodes.values()].filter(({ aspect }) => aspect).map(({ id }) => id))
    const { changed, removed } = this.scene.update(layout === graph.layout ? graph : { ...graph, layout }, {
      manifestOf: (instance) => manifestOfNode(definitions, workflow, instance),
      showsAdvanced: (id) => advancedNodes.has(id),
      pictureAspect: (id) => pictureAspect(run?.pictures[prefix + id]),
    })
    if (isFresh || changed.length + removed.length > 0) this.order = new Set(readingOrder(graph))
    void this.view.sync(this.order).then(() => {
      for (const id of isFresh ? this.scene.nodes.keys() : changed) this.fitElement(id)
      this.schedule()
      if (!this.store.getState().ready) this.store.setState({ ready: true })
    })
    for (const id of changed) this.fitElement(id)
    if (!isFresh) this.makeRoom(before, hadPicture)
    if (isFresh) {
      const view = path.length === 0 ? workflow.layout?.view : undefined
      void (view ? this.view.moveTo({ x: view.x, y: view.y, k: view.zoom }) : fitView(this))
      this.store.setState({ selectedLink: undefined })
    }
    this.schedule()
  }

  /** Pushes down what a node would cover whose first picture has come. It is no edit: there is nothing to undo. */
  private makeRoom(before: ReadonlyMap<NodeId, Box>, hadPicture: ReadonlySet<NodeId>): void {
    const grown = [...this.scene.nodes.values()].filter(({ id, aspect }) => aspect !== undefined && !hadPicture.has(id))
    const known = new Map(
      grown.flatMap(({ id }): [NodeId, Box][] => {
        const box = before.get(id)
        return box ? [[id, box]] : []
      }),
    )
    if (known.size === 0) return
    const boxes = this.scene.boxes()
    const places = roomBelow(boxes, known)
    if (places.size === 0) return
    const { document } = this.context
    const { path } = document.store.getState()
    document.settle((workflow) => withGraph(workflow, path, movedWithGroups(document.graph(), boxes, places)))
  }

  private fitElement(id: NodeId): void {
    const element = this.view.element(id)
    const node = this.scene.nodes.get(id)
    if (!element || !node) return
    element.dataset['node'] = id
    element.style.width = `${node.geometry.width}px`
    element.style.height = `${node.geometry.height}px`
    element.hidden = !this.drawing.isShown(id) && !this.gestures.isHeld(id)
    this.view.put(id, this.scene.place(id))
  }

  destroy(): void {
    this.drawing.stop()
    for (const cleanup of this.cleanups) cleanup()
    this.view.destroy()
  }
}
