import type { Box, NodeId, NodeInstance, NodeLayout, NodeManifest, Point } from '@patchbay/engine/workflow'
import type { Graph } from '../state/edits/graph.ts'
import { linksInto, type GraphLink } from '../state/edits/links.ts'
import { geometryOf, type NodeGeometry } from './node-geometry.ts'
import { linkPieces, overlaps, pieceBox, piecesPerSegment, type LinkStyle, type Piece } from './link-path.ts'

/** A node as it stands on the canvas. */
export interface SceneNode {
  readonly id: NodeId
  readonly instance: NodeInstance
  readonly layout: NodeLayout | undefined
  readonly manifest: NodeManifest | undefined
  readonly geometry: NodeGeometry
  readonly advanced: boolean
  readonly aspect: number | undefined
}

export interface SceneFacts {
  readonly manifestOf: (instance: NodeInstance) => NodeManifest | undefined
  readonly showsAdvanced: (id: NodeId) => boolean
  readonly pictureAspect: (id: NodeId) => number | undefined
}

export interface DrawnLink {
  readonly link: GraphLink
  readonly type: string
  readonly pieces: readonly Piece[]
  readonly box: Box
  /** How many pieces lead from one reroute point to the next. */
  readonly perSegment: number
}

/** What is where: geometry of every node and the course of every link, recomputed only for what changed. */
export class Scene {
  nodes: ReadonlyMap<NodeId, SceneNode> = new Map()
  private graph: Graph = { nodes: {} }
  private links: readonly GraphLink[] = []
  private linksByNode = new Map<NodeInstance, readonly GraphLink[]>()
  private drawn = new Map<string, DrawnLink>()
  /** Places of nodes that are being dragged, before the document knows. */
  private readonly live = new Map<NodeId, Point>()
  private style: LinkStyle = 'curved'

  /** Takes over a graph; returns which nodes are gone, fresh or of another shape or place. */
  update(graph: Graph, facts: SceneFacts): { readonly changed: NodeId[]; readonly removed: NodeId[] } {
    const changed: NodeId[] = []
    const nodes = new Map<NodeId, SceneNode>()
    const places = graph.layout?.nodes
    let relinked = graph.layout?.reroutes !== this.graph.layout?.reroutes
    for (const id of Object.keys(graph.nodes)) {
      const instance = graph.nodes[id]
      if (!instance) continue
      const layout = places?.[id]
      const manifest = facts.manifestOf(instance)
      const advanced = facts.showsAdvanced(id)
      const aspect = facts.pictureAspect(id)
      const before = this.nodes.get(id)
      if (
        before?.instance === instance &&
        before.layout === layout &&
        before.manifest === manifest &&
        before.advanced === advanced &&
        before.aspect === aspect
      ) {
        nodes.set(id, before)
        continue
      }
      if (before?.instance.links !== instance.links) relinked = true
      const geometry = geometryOf(manifest, instance, layout, { advanced, pictureAspect: aspect })
      nodes.set(id, { id, instance, layout, manifest, geometry, advanced, aspect })
      changed.push(id)
    }
    const removed = [...this.nodes.keys()].filter((id) => !nodes.has(id))
    this.nodes = nodes
    this.graph = graph
    if (relinked || removed.length > 0) this.collectLinks()
    for (const id of changed) this.live.delete(id)
    if (changed.length > 0 || relinked || removed.length > 0) this.drawn.clear()
    return { changed, removed }
  }

  private collectLinks(): void {
    const known = new Map<NodeInstance, readonly GraphLink[]>()
    const all: GraphLink[] = []
    for (const { id, instance } of this.nodes.values()) {
      const links = this.linksByNode.get(instance) ?? linksInto(this.graph, id)
      known.set(instance, links)
      for (const link of links) all.push(link)
    }
    this.linksByNode = known
    this.links = all
  }

  /** Draws links another way from now on. */
  setLinkStyle(style: LinkStyle): void {
    if (style === this.style) return
    this.style = style
    this.drawn.clear()
  }

  place(id: NodeId): Point {
    return this.live.get(id) ?? this.nodes.get(id)?.layout ?? { x: 0, y: 0 }
  }

  /** Shows nodes elsewhere for the time being. */
  moveLive(places: ReadonlyMap<NodeId, Point>): void {
    for (const [id, place] of places) this.live.set(id, place)
    for (const [key, { link }] of this.drawn) {
      if (places.has(link.from) || places.has(link.to)) this.drawn.delete(key)
    }
  }

  endLive(): void {
    this.live.clear()
    this.drawn.clear()
  }

  boxOf(id: NodeId): Box | undefined {
    const node = this.nodes.get(id)
    if (!node) return undefined
    const { x, y } = this.place(id)
    return { x, y, width: node.geometry.width, height: node.geometry.height }
  }

  boxes(ids?: Iterable<NodeId>): Map<NodeId, Box> {
    const boxes = new Map<NodeId, Box>()
    for (const id of ids ?? this.nodes.keys()) {
      const box = this.boxOf(id)
      if (box) boxes.set(id, box)
    }
    return boxes
  }

  nodesIn(area: Box): NodeId[] {
    const found: NodeId[] = []
    for (const { id, geometry } of this.nodes.values()) {
      const { x, y } = this.place(id)
      if (
        x <= area.x + area.width &&
        x + geometry.width >= area.x &&
        y <= area.y + area.height &&
        y + geometry.height >= area.y
      )
        found.push(id)
    }
    return found
  }

  /** The node at a point, the topmost where several are. */
  nodeAt({ x, y }: Point): NodeId | undefined {
    return this.nodesIn({ x, y, width: 0, height: 0 }).at(-1)
  }

  /** Where a socket is, in canvas pixels. */
  socket(id: NodeId, side: 'input' | 'output', name: string): Point | undefined {
    const node = this.nodes.get(id)
    if (!node) return undefined
    const places = side === 'input' ? node.geometry.inputs : node.geometry.outputs
    const at = places.get(name) ?? { x: side === 'input' ? 0 : node.geometry.width, y: 17 }
    const { x, y } = this.place(id)
    return { x: x + at.x, y: y + at.y }
  }

  reroutes(key: string): readonly Point[] {
    return this.graph.layout?.reroutes?.[key] ?? []
  }

  private draw(link: GraphLink): DrawnLink | undefined {
    const known = this.drawn.get(link.key)
    if (known) return known
    const from = this.socket(link.from, 'output', link.output)
    const to = this.socket(link.to, 'input', link.input)
    if (!from || !to) return undefined
    const pieces = linkPieces([from, ...this.reroutes(link.key), to], this.style)
    const type = this.nodes.get(link.from)?.manifest?.outputs.find((output) => output.name === link.output)?.type ?? '*'
    const drawn = { link, type, pieces, box: boxAround(pieces), perSegment: piecesPerSegment[this.style] }
    this.drawn.set(link.key, drawn)
    return drawn
  }

  /** The links that may be seen in an area. */
  linksIn(area: Box): DrawnLink[] {
    const found: DrawnLink[] = []
    for (const link of this.links) {
      const drawn = this.draw(link)
      if (drawn && overlaps(drawn.box, area)) found.push(drawn)
    }
    return found
  }

  link(key: string): DrawnLink | undefined {
    const link = this.links.find((one) => one.key === key)
    return link && this.draw(link)
  }

  allLinks(): readonly GraphLink[] {
    return this.links
  }
}

function boxAround(pieces: readonly Piece[]): Box {
  const boxes = pieces.map(pieceBox)
  const x = Math.min(...boxes.map((box) => box.x))
  const y = Math.min(...boxes.map((box) => box.y))
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  }
}
