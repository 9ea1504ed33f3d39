import type { JsonValue, Point } from '@patchbay/engine/workflow'
import { Failure } from '../../../failure.ts'
import {
  type UiGraph,
  type UiInput,
  type UiLink,
  type UiNode,
  type UiReroute,
  inputsId,
  outputsId,
} from './ui-graph.ts'
import { bypassed, muted, passingInput } from './ui-sources.ts'

/** Instances within instances multiply. */
const mostNodes = 20_000

/**
 * The same graph with every instance of these subgraphs replaced by the nodes it holds, as `12:5` for node 5 within
 * node 12: links through both borders, values that the instance gives, places and reroute points. Of instances that do
 * not run the nodes are muted, and what is linked to a bypassed one is linked to what it passes on.
 */
export function inlined(graph: UiGraph, subgraphs: ReadonlyMap<string, UiGraph>): UiGraph {
  if (![...graph.nodes.values()].some(({ type }) => subgraphs.has(type))) return graph
  const inlining = new Inlining(graph)
  const open = [...graph.nodes.keys()]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = inlining.nodes.get(id)
    const subgraph = node && subgraphs.get(node.type)
    if (node && subgraph) open.push(...inlining.replace(node, subgraph))
  }
  return { ...graph, nodes: inlining.nodes, links: inlining.links, reroutes: inlining.reroutes }
}

class Inlining {
  readonly nodes: Map<string, UiNode>
  readonly links: Map<number, UiLink>
  readonly reroutes: Map<number, UiReroute>
  /** The links that start at a node. */
  private readonly leaving = new Map<string, Set<number>>()
  private nextLink: number
  private nextReroute: number

  constructor(graph: UiGraph) {
    this.nodes = new Map(graph.nodes)
    this.links = new Map()
    this.reroutes = new Map(graph.reroutes)
    for (const [id, link] of graph.links) this.put(id, link)
    this.nextLink = 1 + largest(graph.links.keys())
    this.nextReroute = 1 + largest(graph.reroutes.keys())
  }

  /** Returns the ids of the nodes that take its place. */
  replace(instance: UiNode, subgraph: UiGraph): string[] {
    if (this.nodes.size + subgraph.nodes.size > mostNodes)
      throw new Failure('invalid-workflow', `Its subgraphs hold more than ${mostNodes} nodes in all.`)
    const idOf = (inner: string) => `${instance.id}:${inner}`
    const shift = shiftTo(instance, subgraph)
    const points = this.copyReroutes(subgraph, shift)
    const stopped = instance.mode === muted || instance.mode === bypassed
    // What does not run passes nothing on.
    const [first] = subgraph.nodes.keys()
    const linkOf = new Map<number, number>()
    const ends = new Map<number, UiLink>()
    for (const [id, link] of subgraph.links) {
      const own = link.reroute === undefined ? undefined : points.get(link.reroute)
      const placed: UiLink = { ...link, from: idOf(link.from), to: idOf(link.to) }
      const { reroute: _reroute, ...bare } = placed
      const through = own === undefined ? bare : { ...bare, reroute: own }
      const given = subgraph.inputs[link.fromSlot]?.value
      const isPassed = link.from === inputsId && link.to === outputsId
      const fed =
        isPassed && stopped && first !== undefined
          ? { ...through, from: idOf(first), fromSlot: 0 }
          : link.from === inputsId
            ? this.fedFrom(instance, link.fromSlot, through, given)
            : through
      if (!fed) continue
      if (link.to === outputsId) ends.set(link.toSlot, fed)
      else {
        linkOf.set(id, this.nextLink)
        this.put(this.nextLink++, fed)
      }
    }
    this.nodes.delete(instance.id)
    for (const node of subgraph.nodes.values()) {
      const [x, y] = node.position
      this.nodes.set(idOf(node.id), {
        ...node,
        id: idOf(node.id),
        mode: stopped ? muted : node.mode,
        position: [x + shift.x, y + shift.y],
        inputs: node.inputs.map((input) =>
          relinked(input, input.link === undefined ? undefined : linkOf.get(input.link)),
        ),
      })
    }
    for (const id of [...(this.leaving.get(instance.id) ?? [])]) this.follow(id, instance, ends)
    return [...subgraph.nodes.keys()].map(idOf)
  }

  private put(id: number, link: UiLink): void {
    this.links.set(id, link)
    const known = this.leaving.get(link.from)
    if (known) known.add(id)
    else this.leaving.set(link.from, new Set([id]))
  }

  /** A link that left the instance starts where its end within does, or where what it passes on does. */
  private follow(id: number, instance: UiNode, ends: ReadonlyMap<number, UiLink>): void {
    const link = this.links.get(id)
    if (!link) return
    const passing = instance.mode === bypassed ? passingInput(instance, link, this.links) : undefined
    const end =
      instance.mode === bypassed
        ? passing && this.fedFrom(instance, instance.inputs.indexOf(passing), link)
        : ends.get(link.fromSlot)
    if (!end) {
      this.links.delete(id)
      return
    }
    if (link.reroute !== undefined && end.reroute !== undefined && end.reroute !== link.reroute)
      this.putBefore(link.reroute, end.reroute)
    const reroute = link.reroute ?? end.reroute
    this.put(id, { ...link, from: end.from, fromSlot: end.fromSlot, ...(reroute === undefined ? {} : { reroute }) })
  }

  /** The same link, starting at what feeds this input of the instance: an output, or a constant that it gives. */
  private fedFrom(instance: UiNode, slot: number, inner: UiLink, otherwise?: JsonValue): UiLink | undefined {
    const entry = instance.inputs[slot]
    const value = entry?.value ?? otherwise
    const outer = entry?.link === undefined ? undefined : this.links.get(entry.link)
    if (outer) {
      const { from, fromSlot, reroute: before } = outer
      if (inner.reroute !== undefined && before !== undefined) this.putBefore(inner.reroute, before)
      const reroute = inner.reroute ?? before
      return { ...inner, from, fromSlot, ...(reroute === undefined ? {} : { reroute }) }
    }
    if (!entry || value === undefined) return undefined
    const id = `${instance.id}:${inputsId}:${slot}`
    this.nodes.set(id, constantNode(id, { ...entry, value }, instance))
    return { ...inner, from: id, fromSlot: 0 }
  }

  private copyReroutes(subgraph: UiGraph, shift: Point): ReadonlyMap<number, number> {
    const ids = new Map([...subgraph.reroutes.keys()].map((id) => [id, this.nextReroute++]))
    for (const [id, { x, y, before }] of subgraph.reroutes) {
      const first = before === undefined ? undefined : ids.get(before)
      const at = { x: x + shift.x, y: y + shift.y, ...(first === undefined ? {} : { before: first }) }
      this.reroutes.set(ids.get(id) ?? 0, at)
    }
    return ids
  }

  /** Lets a chain of points begin behind another. */
  private putBefore(chain: number, before: number): void {
    const seen = new Set<number>()
    for (let id: number | undefined = chain; id !== undefined && !seen.has(id) && id !== before;) {
      seen.add(id)
      const point = this.reroutes.get(id)
      if (point && point.before === undefined) this.reroutes.set(id, { ...point, before })
      id = point?.before
    }
  }
}

const largest = (numbers: Iterable<number>): number => {
  let most = 0
  for (const number of numbers) most = Math.max(most, number)
  return most
}

function relinked({ link: _link, ...input }: UiInput, link: number | undefined): UiInput {
  return link === undefined ? input : { ...input, link }
}

/** What a subgraph holds spreads from where its node stood. */
function shiftTo({ position: [x, y] }: UiNode, { nodes }: UiGraph): Point {
  const positions = [...nodes.values()].map(({ position }) => position)
  if (positions.length === 0) return { x: 0, y: 0 }
  const left = Math.min(...positions.map(([across]) => across))
  const top = Math.min(...positions.map(([, down]) => down))
  return { x: x - left, y: y - top }
}

function constantNode(id: string, { name, type, value = null }: UiInput, { position }: UiNode): UiNode {
  return {
    id,
    type: 'PrimitiveNode',
    title: name,
    mode: 0,
    inputs: [],
    outputs: [{ name: type, type }],
    widgets: [value],
    named: {},
    promoted: [],
    position,
    isCollapsed: false,
    isPinned: false,
  }
}
