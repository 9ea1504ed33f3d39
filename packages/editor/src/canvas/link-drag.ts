import { createStore, type StoreApi } from 'zustand/vanilla'
import type { NodeId, NodeManifest, Point } from '@patchbay/engine/workflow'
import { connect, disconnect, type SocketRef } from '../state/edits/links.ts'
import { linkPieces, pathText } from './link-path.ts'
import { firstFit, judgeLink, type LinkRefusal } from './linking.ts'
import type { ReteView } from './rete-view.ts'
import type { Scene } from './scene.ts'
import type { StageContext } from './stage-state.ts'

export interface LinkEvents {
  readonly refused: (reason: LinkRefusal) => void
  /** A link was dropped on the empty canvas; `screen` is where, in pixels of the page. */
  readonly linkDropped: (fixed: SocketRef, at: Point, screen: Point) => void
}

export interface LinkDragHost {
  readonly scene: Scene
  readonly view: Pick<ReteView, 'container' | 'transform' | 'pointOf' | 'addSocket'>
  readonly context: Pick<StageContext, 'document' | 'registry' | 'settings'>
  readonly manifestOf: (id: NodeId) => NodeManifest | undefined
}

/** Drawing a link: what is marked while it is drawn, where it may end, and what comes of it. */
export class LinkDrag {
  /** The fixed end while a link is drawn. */
  readonly store: StoreApi<{ readonly fixed: SocketRef | undefined }> = createStore(() => ({ fixed: undefined }))
  private readonly host: LinkDragHost
  private readonly pseudo: SVGPathElement
  private readonly events: LinkEvents
  private readonly sockets = new Map<HTMLElement, SocketRef>()
  private screen: Point = { x: 0, y: 0 }

  constructor(host: LinkDragHost, pseudo: SVGPathElement, events: LinkEvents) {
    this.host = host
    this.pseudo = pseudo
    this.events = events
  }

  private facts() {
    return {
      graph: this.host.context.document.graph(),
      registry: this.host.context.registry.getState().registry,
      manifestOf: (id: NodeId) => this.host.manifestOf(id),
    }
  }

  /** Begins at a socket. A linked input lets go of its link, which goes on from its other end; `branch` leaves it. */
  take(socket: SocketRef, branch: boolean): SocketRef {
    const link =
      socket.side === 'input' && !branch
        ? this.host.scene.allLinks().findLast((one) => one.to === socket.node && one.input === socket.name)
        : undefined
    const fixed: SocketRef = link ? { side: 'output', node: link.from, name: link.output } : socket
    if (link) this.host.context.document.editGraph('unlink', (graph) => disconnect(graph, link))
    this.begin(fixed)
    return fixed
  }

  /** Marks what a link from here may go to. Also how a link is begun from the keyboard. */
  begin(fixed: SocketRef): void {
    this.store.setState({ fixed })
    this.mark()
  }

  private mark(): void {
    const { fixed } = this.store.getState()
    const facts = this.facts()
    for (const [element, socket] of this.sockets) this.markOne(element, socket, fixed, facts)
    this.host.view.container.dataset['linking'] = fixed?.side ?? ''
  }

  private markOne(
    element: HTMLElement,
    socket: SocketRef,
    fixed: SocketRef | undefined,
    facts: ReturnType<LinkDrag['facts']>,
  ): void {
    element.dataset['fit'] = fixed ? (judgeLink(facts, fixed, socket).ok ? 'yes' : 'no') : ''
  }

  /** Draws the link towards the pointer, given in canvas pixels. */
  follow(fixed: SocketRef, pointer: Point): void {
    const at = this.host.scene.socket(fixed.node, fixed.side, fixed.name)
    if (!at) return
    const { x, y, k } = this.host.view.transform
    const onScreen = (point: Point): Point => ({ x: point.x * k + x, y: point.y * k + y })
    const ends = fixed.side === 'output' ? [at, pointer] : [pointer, at]
    this.pseudo.setAttribute(
      'd',
      pathText(linkPieces(ends.map(onScreen), this.host.context.settings.getState().linkStyle)),
    )
    this.pseudo.style.stroke = this.host.context.registry.getState().registry.colorOf(this.typesOf(fixed)[0] ?? '*')
    const box = this.host.view.container.getBoundingClientRect()
    const tip = onScreen(pointer)
    this.screen = { x: tip.x + box.left, y: tip.y + box.top }
  }

  /** The socket types of a socket: one for an output, all that fit for an input. */
  typesOf({ node, side, name }: SocketRef): readonly string[] {
    const manifest = this.host.manifestOf(node)
    if (side === 'input') {
      return manifest?.inputs.find((input) => input.name === name)?.types ?? manifest?.dynamicInputs?.types ?? ['*']
    }
    return [manifest?.outputs.find((output) => output.name === name)?.type ?? '*']
  }

  cancel(): void {
    this.store.setState({ fixed: undefined })
    this.pseudo.setAttribute('d', '')
    this.mark()
  }

  /** Ends at a socket, on a node (its first fitting socket), or on the empty canvas. */
  end(fixed: SocketRef, target: SocketRef | undefined): void {
    this.cancel()
    if (target) {
      const same = target.node === fixed.node && target.side === fixed.side && target.name === fixed.name
      if (!same) this.link(fixed, target)
      return
    }
    const under = document.elementFromPoint(this.screen.x, this.screen.y)
    if (!under || !this.host.view.container.contains(under)) return
    const at = this.host.view.pointOf({ clientX: this.screen.x, clientY: this.screen.y })
    const node = under.closest<HTMLElement>('[data-node]')?.dataset['node'] ?? this.host.scene.nodeAt(at)
    if (node !== undefined) this.endOnNode(fixed, node, under)
    else this.events.linkDropped(fixed, at, this.screen)
  }

  private endOnNode(fixed: SocketRef, node: NodeId, under: Element | null): void {
    const row = fixed.side === 'output' ? under?.closest<HTMLElement>('[data-input]')?.dataset['input'] : undefined
    const socket = row === undefined ? firstFit(this.facts(), fixed, node) : { side: 'input' as const, node, name: row }
    if (socket) this.link(fixed, socket)
    else if (node !== fixed.node) this.events.refused({ why: 'missing' })
  }

  /** Links two sockets, or says why not. */
  link(a: SocketRef, b: SocketRef): boolean {
    const answer = judgeLink(this.facts(), a, b)
    if (!answer.ok) {
      this.events.refused(answer.reason)
      return false
    }
    const { from, to } = answer.ends
    this.host.context.document.editGraph('link', (graph) => connect(graph, from, to))
    return true
  }

  addSocket(element: HTMLElement, socket: SocketRef): () => void {
    this.sockets.set(element, socket)
    const { fixed } = this.store.getState()
    if (fixed) this.markOne(element, socket, fixed, this.facts())
    const remove = this.host.view.addSocket(element, socket)
    return () => {
      this.sockets.delete(element)
      remove()
    }
  }
}
