import ELK from 'elkjs/lib/elk.bundled.js'
import { boundsOf, type Box, type NodeId, type Point } from '@patchbay/engine/workflow'
import type { GraphLink } from '../state/edits/links.ts'

/**
 * Places for nodes in layers (Sugiyama et al. 1981, as in the Eclipse Layout Kernel); the upper left corner stays
 * where it is.
 */
export async function layered(
  boxes: ReadonlyMap<NodeId, Box>,
  links: readonly GraphLink[],
): Promise<Map<NodeId, Point>> {
  const elk = new ELK()
  const before = boundsOf([...boxes.values()]) ?? { x: 0, y: 0 }
  const laid = await elk.layout({
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.spacing.nodeNode': '36',
      'elk.layered.spacing.nodeNodeBetweenLayers': '80',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
    },
    children: [...boxes].map(([id, { width, height }]) => ({ id, width, height })),
    edges: links.map((link) => ({ id: link.key, sources: [link.from], targets: [link.to] })),
  })
  return new Map(
    (laid.children ?? []).map(({ id, x = 0, y = 0 }): [NodeId, Point] => [
      id,
      { x: Math.round(before.x + x), y: Math.round(before.y + y) },
    ]),
  )
}
