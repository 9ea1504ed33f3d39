import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import { Failure } from '../../../failure.ts'
import type { ComfyClasses } from '../classes/comfy-class.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { widgetValues } from './ui-sources.ts'
import {
  type UiEnd,
  type UiGraph,
  type UiInput,
  type UiLink,
  type UiNode,
  graphOf,
  inputsId,
  subgraphsOf,
} from './ui-graph.ts'

/** A workflow as ComfyUI's editor saves it, with the subgraphs that nodes in it are instances of. */
export interface SavedWorkflow {
  readonly root: UiGraph
  /** By id, which is the type of their instances; each stands behind those that it holds instances of. */
  readonly subgraphs: ReadonlyMap<string, UiGraph>
}

/** More subgraphs than this, or one within another so often, are no workflow. */
const [mostSubgraphs, mostDepth] = [500, 32]

/**
 * Reads a saved workflow. Widgets of inner nodes that instances show as their own, which older editors keep in a list
 * beside the graph, become inputs of the subgraph, as newer ones save them; and the inputs of each instance are brought
 * in the order of its subgraph's. Throws a
 * `Failure` when a subgraph contains itself.
 */
export function savedWorkflowOf(json: JsonObject, classes: ComfyClasses): SavedWorkflow {
  const root = graphOf(json)
  const subgraphs = new Map(inOrder(root, subgraphsOf(json)))
  const graphs = new Map([...subgraphs, ['', root] as const])
  for (const id of subgraphs.keys()) promote(id, graphs, classes)
  return {
    root: graphs.get('') ?? root,
    subgraphs: new Map([...subgraphs.keys()].map((id) => [id, graphs.get(id) ?? root])),
  }
}

/** The subgraphs that are used from the outermost graph on, inner ones first. */
function inOrder(root: UiGraph, all: ReadonlyMap<string, UiGraph>): [string, UiGraph][] {
  const usedIn = ({ nodes }: UiGraph) =>
    new Set([...nodes.values()].map(({ type }) => type).filter((id) => all.has(id)))
  const uses = new Map<string, ReadonlySet<string>>()
  const open = [...usedIn(root)]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const graph = all.get(id)
    if (!graph || uses.has(id)) continue
    const used = usedIn(graph)
    uses.set(id, used)
    open.push(...used)
  }
  if (uses.size > mostSubgraphs)
    throw new Failure('invalid-workflow', `This workflow has more than ${mostSubgraphs} subgraphs.`)
  const placed: string[] = []
  const depths = new Map<string, number>()
  const waiting = new Map([...uses].map(([id, used]) => [id, used.size]))
  const usedBy = new Map<string, string[]>()
  for (const [id, used] of uses) for (const inner of used) usedBy.set(inner, [...(usedBy.get(inner) ?? []), id])
  const ready = [...uses.keys()].filter((id) => waiting.get(id) === 0)
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    placed.push(id)
    const depth = 1 + Math.max(0, ...[...(uses.get(id) ?? [])].map((inner) => depths.get(inner) ?? 0))
    if (depth > mostDepth)
      throw new Failure('invalid-workflow', `Its subgraphs are nested more than ${mostDepth} deep.`)
    depths.set(id, depth)
    for (const outer of usedBy.get(id) ?? []) {
      const left = (waiting.get(outer) ?? 0) - 1
      waiting.set(outer, left)
      if (left === 0) ready.push(outer)
    }
  }
  if (placed.length < uses.size) throw recursion(uses, new Set(placed), all)
  return placed.flatMap((id): [string, UiGraph][] => {
    const graph = all.get(id)
    return graph ? [[id, graph]] : []
  })
}

function recursion(
  uses: ReadonlyMap<string, ReadonlySet<string>>,
  placed: ReadonlySet<string>,
  all: ReadonlyMap<string, UiGraph>,
): Failure {
  const path: string[] = []
  const within = (id: string | undefined) => [...(uses.get(id ?? '') ?? [])].find((inner) => !placed.has(inner))
  let id = [...uses.keys()].find((each) => !placed.has(each))
  for (; id !== undefined && !path.includes(id); id = within(id)) path.push(id)
  const ring = [...path.slice(path.indexOf(id ?? '')), id ?? ''].map((each) => all.get(each)?.name || each)
  return new Failure(
    'invalid-workflow',
    `The subgraph "${ring[0] ?? ''}" contains itself (${ring.join(' → ')}), so it would never end; take one of its nodes out.`,
  )
}

/**
 * Gives a subgraph an input for each widget that an instance of it shows as its own, and each instance its inputs with
 * their values.
 */
function promote(id: string, graphs: Map<string, UiGraph>, classes: ComfyClasses): void {
  const before = graphs.get(id)
  if (!before) return
  const subgraph = new Promoting(before, (type) => graphs.has(type))
  const holders = [...graphs].filter(([, { nodes }]) => [...nodes.values()].some(({ type }) => type === id))
  for (const [, { nodes }] of holders)
    for (const node of nodes.values()) if (node.type === id) subgraph.offer(node.promoted, classes)
  graphs.set(id, withValues(subgraph.graph(), graphs, classes))
  for (const [holder, graph] of holders) {
    const nodes = new Map(graph.nodes)
    for (const [key, node] of nodes)
      if (node.type === id) nodes.set(key, { ...node, inputs: inputsOf(node, before, subgraph) })
    graphs.set(holder, { ...graph, nodes })
  }
}

/** The same subgraph, its inputs with the values of the widgets that they were first linked to. */
function withValues(graph: UiGraph, graphs: ReadonlyMap<string, UiGraph>, classes: ComfyClasses): UiGraph {
  const fed = new Map<number, UiLink>()
  for (const link of graph.links.values())
    if (link.from === inputsId && !fed.has(link.fromSlot)) fed.set(link.fromSlot, link)
  const inputs = graph.inputs.map((end, slot): UiEnd => {
    const named = end.first === undefined ? undefined : graph.links.get(end.first)
    const link = named?.from === inputsId && named.fromSlot === slot ? named : fed.get(slot)
    const node = link && graph.nodes.get(link.to)
    const input = node?.inputs[link?.toSlot ?? -1]
    if (!node || !input) return end
    const subgraph = graphs.get(node.type)
    const value = subgraph
      ? (input.value ?? subgraph.inputs[link?.toSlot ?? -1]?.value)
      : widgetValues(node, classes).get(input.widget ?? input.name)
    return value === undefined || value === null ? end : { ...end, value }
  })
  return { ...graph, inputs }
}

class Promoting {
  readonly inputs: UiEnd[]
  private readonly before: UiGraph
  private readonly nodes: Map<string, UiNode>
  private readonly links: Map<number, UiLink>
  private readonly slots = new Map<string, number>()
  private readonly taken: ReadonlySet<number>
  private next: number

  constructor(before: UiGraph, isInstance: (type: string) => boolean) {
    this.before = before
    this.inputs = [...before.inputs]
    this.nodes = new Map(before.nodes)
    this.links = new Map(before.links)
    const fed = [...before.links.values()].filter(({ from, to, toSlot }) => {
      const node = before.nodes.get(to)
      const takes = node && (!isInstance(node.type) || node.inputs[toSlot]?.widget !== undefined)
      return from === inputsId && takes
    })
    this.taken = new Set(fed.map(({ fromSlot }) => fromSlot))
    this.next = Math.max(0, ...before.links.keys()) + 1
  }

  graph(): UiGraph {
    return { ...this.before, inputs: this.inputs, nodes: this.nodes, links: this.links }
  }

  /** The input that stands for a widget of an inner node. */
  slotOf(node: string, widget: string): number | undefined {
    return this.slots.get(`${node} ${widget}`)
  }

  isTaken(slot: number): boolean {
    return this.taken.has(slot)
  }

  offer(promoted: UiNode['promoted'], classes: ComfyClasses): void {
    for (const [id, widget] of promoted) {
      const node = this.nodes.get(id)
      if (!node || this.slotOf(id, widget) !== undefined) continue
      const at = node.inputs.findIndex((input) => input.widget === widget)
      const found = at < 0 ? undefined : node.inputs[at]
      const fed = found?.link === undefined ? undefined : this.links.get(found.link)
      if (fed) {
        if (fed.from === inputsId) this.slots.set(`${id} ${widget}`, fed.fromSlot)
        continue
      }
      const declared = classes.get(node.type)?.inputs.find(({ name }) => name === widget)
      if (!found && !declared) continue
      const type = found?.type ?? declared?.type ?? '*'
      const input: UiInput = { ...(found ?? { name: widget, type, widget }), link: this.next }
      const toSlot = at < 0 ? node.inputs.length : at
      this.nodes.set(id, {
        ...node,
        inputs: at < 0 ? [...node.inputs, input] : node.inputs.map((each, index) => (index === at ? input : each)),
      })
      this.links.set(this.next++, { from: inputsId, fromSlot: this.inputs.length, to: id, toSlot, type })
      this.slots.set(`${id} ${widget}`, this.inputs.length)
      this.inputs.push({ name: widget, type })
    }
  }
}

/** The inputs of an instance in the order of its subgraph's, each with what is linked or given. */
function inputsOf(node: UiNode, { inputs: before }: UiGraph, subgraph: Promoting): readonly UiInput[] {
  const entries = before.map(({ name }, slot): UiInput | undefined => {
    const there = node.inputs[slot]
    const entry = there?.name === name ? there : (node.inputs.find((input) => input.name === name) ?? there)
    if (!entry || subgraph.isTaken(slot)) return entry
    // What nothing within takes has no widget, and none of the values is its own.
    const { widget: _widget, ...bare } = entry
    return bare
  })
  const given = valuesOf(node, entries, subgraph)
  return subgraph.inputs.map(({ name, type }, slot) => {
    const { link, widget = slot < before.length ? undefined : name } = entries[slot] ?? {}
    const value = given.get(slot)
    return {
      name,
      type,
      ...(link === undefined ? {} : { link }),
      ...(widget === undefined ? {} : { widget }),
      ...(value === undefined || value === null ? {} : { value }),
    }
  })
}

/**
 * What an instance gives at its inputs, by slot: its values stand in the order of what it shows of inner nodes, else of
 * its own widgets.
 */
function valuesOf(
  { widgets, named, promoted }: UiNode,
  entries: readonly (UiInput | undefined)[],
  subgraph: Promoting,
): ReadonlyMap<number, JsonValue | undefined> {
  const own = entries.flatMap((entry, slot) => (entry?.widget === undefined ? [] : [[slot, entry.widget] as const]))
  const slots =
    promoted.length > 0
      ? promoted.map(([id, widget]) =>
          id === '-1' ? own.find(([, name]) => name === widget)?.[0] : subgraph.slotOf(id, widget),
        )
      : own.map(([slot]) => slot)
  const byName = isJsonObject(widgets) ? widgets : named
  const values = new Map<number, JsonValue | undefined>(own.map(([slot, name]) => [slot, byName[name]]))
  if (!isJsonObject(widgets))
    for (const [index, slot] of slots.entries())
      if (slot !== undefined && index < widgets.length) values.set(slot, widgets[index])
  return values
}
