import type { NodeId, Point } from '@patchbay/engine/workflow'
import { pickedIn, selectedNodes } from '../state/documents/document.ts'
import { snapped } from '../state/edits/arrange.ts'
import { cloned } from '../state/edits/clipboard.ts'
import { withGraph } from '../state/edits/graph.ts'
import { moveNodes } from '../state/edits/nodes.ts'
import type { Scene } from './scene.ts'
import type { StageContext } from './stage-state.ts'

const gridStep = 12

export interface Modifiers {
  readonly shift: boolean
  readonly ctrl: boolean
  readonly alt: boolean
}

export interface NodeDragHost {
  readonly scene: Scene
  readonly context: Pick<StageContext, 'document' | 'settings'>
  /** Shows nodes moved from their places, before the document knows. */
  readonly moveLive: (start: ReadonlyMap<NodeId, Point>, shift: Point) => void
  /** The places that are shown. */
  readonly settleLive: (ids: Iterable<NodeId>) => ReadonlyMap<NodeId, Point>
}

/** Dragging nodes: a press selects, a move shows the selection elsewhere, a release writes it down as one step. */
export class NodeDrag {
  private readonly host: NodeDragHost
  private held:
    | {
        readonly id: NodeId
        /** Where the pressed node stood. */
        readonly anchor: Point
        readonly alone: boolean
        readonly clones: boolean
        start: ReadonlyMap<NodeId, Point>
        /** A pinned node is not dragged. */
        readonly movable: boolean
        /** The clones and where they went are undone together. */
        readonly gesture: string
        moved: boolean
      }
    | undefined

  constructor(host: NodeDragHost) {
    this.host = host
  }

  isDragging(id: NodeId): boolean {
    return this.held?.start.has(id) ?? false
  }

  /** A node was pressed; `worked` says that one of its controls was, which selects it but does not drag it. */
  begin(id: NodeId, { shift, ctrl, alt }: Modifiers, worked: boolean): void {
    const { document } = this.host.context
    const { selection } = document.store.getState()
    const wasSelected = selection.has(id)
    if (shift || ctrl) {
      const next = new Set(selection)
      if (wasSelected) next.delete(id)
      else next.add(id)
      document.select(next)
    } else if (!wasSelected) document.select([id])
    if (worked) return
    const start = this.placesOf(selectedNodes(document.store.getState()), alt)
    this.held = {
      id,
      anchor: this.host.scene.place(id),
      alone: wasSelected && !shift && !ctrl,
      clones: alt,
      start,
      movable: start.has(id),
      gesture: `drag.${id}.${performance.now()}`,
      moved: false,
    }
  }

  private placesOf(ids: readonly NodeId[], pinnedToo: boolean): Map<NodeId, Point> {
    const { scene } = this.host
    const moving = ids.filter((id) => pinnedToo || !scene.nodes.get(id)?.layout?.pinned)
    return new Map(moving.map((id): [NodeId, Point] => [id, scene.place(id)]))
  }

  moveTo(id: NodeId, to: Point): void {
    const { held } = this
    if (!held?.movable || held.id !== id) return
    const wanted = this.host.context.settings.getState().snap ? snapped(to, gridStep) : to
    const shift = { x: wanted.x - held.anchor.x, y: wanted.y - held.anchor.y }
    if (shift.x === 0 && shift.y === 0 && !held.moved) return
    if (held.clones && !held.moved) {
      held.start = this.placesOf(this.cloneSelection(held.gesture), true)
    }
    held.moved = true
    this.host.moveLive(held.start, shift)
  }

  /** Copies what is selected to where it stands, selects the copies and returns their nodes. */
  private cloneSelection(gesture: string): readonly NodeId[] {
    const { document } = this.host.context
    const state = document.store.getState()
    const clones = cloned(state.workflow, document.graph(), pickedIn(state))
    document.edit('clone', () => withGraph(clones.workflow, state.path, clones.graph), { gesture })
    document.select([...clones.nodes, ...clones.notes.map((id) => `note/${id}`)])
    return clones.nodes
  }

  /** Gives the drag up: what moved goes back. */
  cancel(): void {
    const { held } = this
    this.held = undefined
    if (!held?.moved) return
    this.host.moveLive(held.start, { x: 0, y: 0 })
    this.host.scene.endLive()
  }

  end(): void {
    const { held } = this
    this.held = undefined
    if (!held) return
    const { document } = this.host.context
    if (!held.moved) {
      if (held.alone) document.select([held.id])
      return
    }
    const places = this.host.settleLive(held.start.keys())
    this.host.scene.endLive()
    document.editGraph('move', (graph) => moveNodes(graph, places), held.clones ? { gesture: held.gesture } : {})
  }
}
