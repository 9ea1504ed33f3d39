import type { Box, NodeId } from '@patchbay/engine/workflow'
import type { Transform } from './view-events.ts'
import type { Scene } from './scene.ts'

/** From this zoom on nodes stand in the page, however many are in view. */
export const fullZoom = 0.42
/** As few as this stand in the page at any zoom at which they can be told apart. */
const few = { nodes: 32, zoom: 0.12 } as const
/** How many nodes may enter the page in one frame, at rest and in motion, so that no frame is long. */
const perFrame = { rest: 16, moving: 4 } as const
/** How far out of view nodes stand ready, in pixels of the page. */
const margin = 160

export interface Standing {
  /** Nodes that are drawn in the page by React; those not shown wait there hidden until the view rests. */
  readonly mounted: ReadonlySet<NodeId>
  /** Nodes that are seen in the page in full; the others are shapes on the layer under it. */
  readonly shown: ReadonlySet<NodeId>
  /** There is more to do in the next frame. */
  readonly pending: boolean
}

export interface CullView {
  readonly scene: Scene
  readonly transform: Transform
  readonly area: Box
  readonly moving: boolean
  /** Does the node have an element yet? */
  readonly hasElement: (id: NodeId) => boolean
}

/** Which nodes stand in the page after this frame: a few more or fewer than before, until all that are wanted do. */
export function cull(view: CullView, before: Pick<Standing, 'mounted' | 'shown'>): Standing {
  const near = nodesNear(view)
  const isFew = near.length <= few.nodes && view.transform.k >= few.zoom
  const wanted = view.transform.k >= fullZoom || isFew ? near : []
  const room = view.moving ? perFrame.moving : perFrame.rest
  const shown = new Set<NodeId>(wanted.filter((id) => before.shown.has(id)))
  const kept = shown.size
  let pending = false
  for (const id of wanted) {
    if (shown.has(id) || !view.hasElement(id)) continue
    if (shown.size - kept === room) {
      pending = true
      break
    }
    shown.add(id)
  }
  const mounted = new Set<NodeId>(shown)
  // Taking a node out of the page costs as much as putting it in: while the view moves, it is only hidden.
  const leaving = [...before.mounted].filter((id) => !shown.has(id) && view.scene.nodes.has(id))
  for (const id of view.moving ? leaving : leaving.slice(perFrame.rest)) mounted.add(id)
  return {
    mounted: same(mounted, before.mounted) ? before.mounted : mounted,
    shown: same(shown, before.shown) ? before.shown : shown,
    pending: pending || (!view.moving && leaving.length > perFrame.rest),
  }
}

function nodesNear({ scene, transform: { k }, area }: CullView): NodeId[] {
  const room = margin / k
  return scene.nodesIn({
    x: area.x - room,
    y: area.y - room,
    width: area.width + 2 * room,
    height: area.height + 2 * room,
  })
}

function same(a: ReadonlySet<NodeId>, b: ReadonlySet<NodeId>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id))
}
