import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js'
import { boundsOf, type Box, type NodeId, type Point } from '@patchbay/engine/workflow'
import type { GraphLink } from '../state/edits/links.ts'
import { linkPieces, piecesBehind } from './link-path.ts'

/** A node to be placed: its box, and where its sockets are in it. */
export interface Placed {
  readonly box: Box
  readonly inputs: ReadonlyMap<string, Point>
  readonly outputs: ReadonlyMap<string, Point>
}

export interface Arrangement {
  readonly places: ReadonlyMap<NodeId, Point>
  /** Points that links pass so that they do not run behind nodes, by the keys of the links. */
  readonly reroutes: { readonly [link: string]: readonly Point[] }
}

const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'POLYLINE',
  'elk.spacing.nodeNode': '40',
  'elk.spacing.edgeNode': '28',
  'elk.spacing.edgeEdge': '14',
  'elk.layered.spacing.nodeNodeBetweenLayers': '90',
  'elk.layered.spacing.edgeNodeBetweenLayers': '30',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.considerModelOrder.strategy': 'PREFER_NODES',
  'elk.layered.thoroughness': '20',
} as const

/**
 * Places for nodes in layers (Sugiyama et al. 1981, as in the Eclipse Layout Kernel), with links that end at their
 * sockets; the upper left corner stays where it is. A link that would run behind a node goes round it.
 */
export async function layered(nodes: ReadonlyMap<NodeId, Placed>, links: readonly GraphLink[]): Promise<Arrangement> {
  const elk = new ELK()
  const before = boundsOf([...nodes.values()].map(({ box }) => box)) ?? { x: 0, y: 0 }
  const laid = await elk.layout({
    id: 'root',
    layoutOptions: options,
    children: [...nodes].map(([id, node]) => elkNode(id, node)),
    edges: links.map(({ key, from, output, to, input }) => ({
      id: key,
      sources: [portId(from, 'output', output)],
      targets: [portId(to, 'input', input)],
    })),
  })
  const shifted = ({ x = 0, y = 0 }: { x?: number; y?: number }): Point => ({
    x: Math.round(before.x + x),
    y: Math.round(before.y + y),
  })
  const places = new Map((laid.children ?? []).map((child): [NodeId, Point] => [child.id, shifted(child)]))
  const boxes = new Map(
    [...nodes].map(([id, { box }]): [NodeId, Box] => [id, { ...box, ...(places.get(id) ?? { x: box.x, y: box.y }) }]),
  )
  return { places, reroutes: reroutesOf(laid.edges ?? [], links, nodes, boxes, shifted) }
}

function portId(node: NodeId, side: 'input' | 'output', name: string): string {
  return JSON.stringify([node, side, name])
}

function elkNode(id: NodeId, { box: { width, height }, inputs, outputs }: Placed): ElkNode {
  const ports = (side: 'input' | 'output', places: ReadonlyMap<string, Point>) =>
    [...places].map(([name, { x, y }]) => ({
      id: portId(id, side, name),
      x,
      y,
      width: 0,
      height: 0,
      layoutOptions: { 'elk.port.side': side === 'input' ? 'WEST' : 'EAST' },
    }))
  return {
    id,
    width,
    height,
    ports: [...ports('input', inputs), ...ports('output', outputs)],
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
  }
}

/** The bends of those links that would run behind a node without them. */
function reroutesOf(
  edges: readonly ElkExtendedEdge[],
  links: readonly GraphLink[],
  nodes: ReadonlyMap<NodeId, Placed>,
  boxes: ReadonlyMap<NodeId, Box>,
  shifted: (point: Point) => Point,
): Record<string, readonly Point[]> {
  const socket = (node: NodeId, side: 'inputs' | 'outputs', name: string): Point => {
    const box = boxes.get(node) ?? { x: 0, y: 0 }
    const at = nodes.get(node)?.[side].get(name) ?? { x: 0, y: 0 }
    return { x: box.x + at.x, y: box.y + at.y }
  }
  const reroutes: Record<string, readonly Point[]> = {}
  for (const link of links) {
    const ends = [socket(link.from, 'outputs', link.output), socket(link.to, 'inputs', link.input)] as const
    if (piecesBehind(linkPieces(ends), boxes, [link.from, link.to]).length === 0) continue
    const bends =
      edges.find(({ id }) => id === link.key)?.sections?.flatMap((section) => section.bendPoints ?? []) ?? []
    const points = bends.map(shifted)
    if (points.length > 0) reroutes[link.key] = points
  }
  return reroutes
}
