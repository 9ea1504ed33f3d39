import { ClassicPreset, NodeEditor, type GetSchemes } from 'rete'
import { AreaPlugin, Drag, type Area2D, type RenderSignal } from 'rete-area-plugin'
import { ConnectionPlugin, Flow, type SocketData } from 'rete-connection-plugin'
import { ReactPlugin } from 'rete-react-plugin'
import type { ReactElement } from 'react'
import type { NodeId, Point } from '@patchbay/engine/workflow'
import type { SocketRef } from '../state/edits/links.ts'
import { NodeRoots } from './node-roots.tsx'
import type { Transform, ViewEvents } from './view-events.ts'

type Scheme = GetSchemes<
  ClassicPreset.Node,
  ClassicPreset.Connection<ClassicPreset.Node, ClassicPreset.Node> & { isPseudo?: boolean }
>
type Signals =
  | RenderSignal<'socket', { nodeId: string; side: 'input' | 'output'; key: string }>
  | RenderSignal<'node', { payload: ClassicPreset.Node }>

const zoomRange = { min: 0.04, max: 3 } as const

/**
 * Rete's editor and plugins, as far as the canvas uses them: pan, zoom, touch, dragging and drawing nodes, picking
 * sockets.
 */
export class ReteView {
  readonly container: HTMLElement
  private readonly editor = new NodeEditor<Scheme>()
  private readonly area: AreaPlugin<Scheme, Signals>
  private readonly connection = new ConnectionPlugin<Scheme, Signals>()
  readonly roots = new NodeRoots()
  private readonly react = new ReactPlugin<Scheme, Signals>({ createRoot: this.roots.create })
  /** Nodes that stand in the page. */
  private drawn: ReadonlySet<NodeId> = new Set()
  private readonly events: ViewEvents
  private pending: Promise<unknown> = Promise.resolve()
  private dragging: NodeId | undefined
  private destroyed = false
  /** The highest place in the stack of nodes so far. */
  private top = 2

  /** `renderNode` draws a node that stands in the page; Rete only says into which element. */
  constructor(container: HTMLElement, events: ViewEvents, renderNode: (id: NodeId) => ReactElement) {
    this.container = container
    this.events = events
    this.area = new AreaPlugin(container)
    this.editor.use(this.area)
    this.area.use(this.connection)
    this.area.use(this.react)
    this.react.addPreset<Signals>({
      render: ({ data }) =>
        data.type === 'node' && this.drawn.has(data.payload.id) ? renderNode(data.payload.id) : undefined,
    })
    const flow = new LinkFlow(events)
    this.connection.addPreset(() => flow)
    this.area.area.setDragHandler(new Drag({ down: (event) => events.pans(event), move: () => true }))
    this.area.addPipe((signal) => this.follow(signal))
  }

  private follow<Signal>(signal: Signal): Signal | undefined {
    const known: unknown = signal
    if (!isSignal(known)) return signal
    switch (known.type) {
      case 'zoom':
        // Double-click opens the search; it does not zoom.
        if (known.data.source === 'dblclick') return undefined
        known.data.zoom = Math.min(zoomRange.max, Math.max(zoomRange.min, known.data.zoom))
        break
      case 'translated':
      case 'zoomed':
        this.events.moved(this.transform)
        break
      case 'nodepicked':
        this.dragging = known.data.id
        this.events.picked(known.data.id)
        break
      case 'nodetranslate':
        // The scene decides where nodes stand (snapping, pinned nodes, the rest of the selection).
        if (this.dragging === known.data.id) this.events.dragged(known.data.id, known.data.position)
        return undefined
      case 'nodedragged':
        this.dragging = undefined
        this.events.dropped(known.data.id)
        break
      case 'render':
        if (known.data.type === 'connection' && known.data.payload.isPseudo) {
          const pointer = known.data.end ?? known.data.start
          const fixed = pseudoEnd(known.data.payload)
          if (pointer) this.events.linkMoves(fixed, pointer)
        }
        break
    }
    return signal
  }

  get transform(): Transform {
    const { x, y, k } = this.area.area.transform
    return { x, y, k }
  }

  get content(): HTMLElement {
    return this.area.area.content.holder
  }

  /** The pointer's place in canvas pixels. */
  pointOf(event: { readonly clientX: number; readonly clientY: number }): Point {
    const { left, top } = this.container.getBoundingClientRect()
    const { x, y, k } = this.area.area.transform
    return { x: (event.clientX - left - x) / k, y: (event.clientY - top - y) / k }
  }

  async moveTo({ x, y, k }: Transform): Promise<void> {
    const { transform } = this.area.area
    if (transform.k !== k) await this.area.area.zoom(Math.min(zoomRange.max, Math.max(zoomRange.min, k)), 0, 0)
    await this.area.area.translate(x, y)
  }

  /** Brings Rete's nodes in line with the document, in this order; resolves when their elements are there. */
  sync(ids: ReadonlySet<NodeId>): Promise<void> {
    const next = this.pending.then(async () => {
      if (this.destroyed) return
      const known = new Set(this.editor.getNodes().map((node) => node.id))
      await Promise.all([...known].filter((id) => !ids.has(id)).map((id) => this.editor.removeNode(id)))
      const fresh = [...ids].filter((id) => !known.has(id))
      await Promise.all(
        fresh.map((id) => {
          const node = new ClassicPreset.Node(id)
          node.id = id
          return this.editor.addNode(node)
        }),
      )
      this.order(ids)
    })
    this.pending = next
    return next
  }

  /** Puts the elements of nodes in order: so Tab and screen readers come to them. */
  private order(ids: Iterable<NodeId>): void {
    let before: Element | undefined
    for (const id of ids) {
      const element = this.element(id)
      if (!element) continue
      // An element that is moved loses the focus: the one that has it stays, and others go round it.
      const isPlaced = before === undefined || before.nextElementSibling === element
      if (!isPlaced && !element.contains(document.activeElement)) before?.after(element)
      before = element
    }
  }

  element(id: NodeId): HTMLElement | undefined {
    return this.area.nodeViews.get(id)?.element
  }

  /** Draws these nodes, and no others. One that comes back, by an undo for instance, is drawn again by itself. */
  draw(ids: ReadonlySet<NodeId>): void {
    const before = this.drawn
    this.drawn = ids
    for (const id of before) {
      const element = ids.has(id) ? undefined : this.element(id)
      if (element) void this.area.emit({ type: 'unmount', data: { element } })
    }
    for (const id of ids) {
      const element = before.has(id) ? undefined : this.element(id)
      const payload = this.editor.getNode(id)
      if (element && payload) void this.area.emit({ type: 'render', data: { type: 'node', element, payload } })
    }
  }

  /** Gives a node's element a box, or takes it away. */
  show(id: NodeId, shown: boolean): void {
    const element = this.element(id)
    if (element) element.hidden = !shown
  }

  /** Puts a node's element somewhere; the document says where, so nothing is announced. */
  put(id: NodeId, { x, y }: Point): void {
    const view = this.area.nodeViews.get(id)
    if (!view || (view.position.x === x && view.position.y === y)) return
    view.position = { x, y }
    view.element.style.transform = `translate(${x}px, ${y}px)`
  }

  /** Puts a node above the others. */
  raise(id: NodeId): void {
    const element = this.element(id)
    if (!element) return
    this.top++
    element.style.zIndex = String(this.top)
  }

  addSocket(element: HTMLElement, { node, side, name }: SocketRef): () => void {
    void this.area.emit({ type: 'render', data: { type: 'socket', element, nodeId: node, side, key: name } })
    return () => void this.area.emit({ type: 'unmount', data: { element } })
  }

  dropLink(): void {
    this.connection.drop()
  }

  destroy(): void {
    this.destroyed = true
    this.area.destroy()
  }
}

type KnownSignal = Extract<
  Area2D<Scheme>,
  { type: 'zoom' | 'translated' | 'zoomed' | 'nodepicked' | 'nodetranslate' | 'nodedragged' | 'render' }
>

function isSignal(signal: unknown): signal is KnownSignal {
  return typeof signal === 'object' && signal !== null && 'type' in signal
}

function pseudoEnd(payload: Scheme['Connection']): SocketRef {
  return payload.source
    ? { side: 'output', node: payload.source, name: payload.sourceOutput }
    : { side: 'input', node: payload.target, name: payload.targetInput }
}

/** One link from press to release. A press on a linked input takes that link off and goes on from its other end. */
class LinkFlow extends Flow<Scheme, never[]> {
  private readonly events: ViewEvents
  private fixed: SocketData | undefined

  constructor(events: ViewEvents) {
    super()
    this.events = events
  }

  async pick({ socket, event }: { socket: SocketData; event: 'up' | 'down' }): Promise<void> {
    const { nodeId: node, side, key: name } = socket
    if (event === 'down') {
      const fixed = this.events.linkBegins({ node, side, name }, undefined)
      this.fixed = fixed && {
        type: 'socket',
        element: socket.element,
        nodeId: fixed.node,
        side: fixed.side,
        key: fixed.name,
      }
      return
    }
    if (!this.fixed) return
    const begun: SocketRef = { node: this.fixed.nodeId, side: this.fixed.side, name: this.fixed.key }
    this.fixed = undefined
    this.events.linkEnds(begun, { node, side, name })
  }

  getPickedSocket(): SocketData | undefined {
    return this.fixed
  }

  drop(): void {
    if (!this.fixed) return
    const begun: SocketRef = { node: this.fixed.nodeId, side: this.fixed.side, name: this.fixed.key }
    this.fixed = undefined
    this.events.linkEnds(begun, undefined)
  }
}
