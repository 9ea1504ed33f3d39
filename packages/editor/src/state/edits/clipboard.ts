import {
  isNodeLink,
  subWorkflowPrefix,
  type Layout,
  type Link,
  type NodeId,
  type NodeInstance,
  type NodeLayout,
  type Point,
  type SubWorkflow,
  type Workflow,
} from '@patchbay/engine/workflow'
import { type Graph, freshIds } from './graph.ts'
import { isLink } from './links.ts'

/** What is copied: nodes with the links among them, as JSON text, so that it passes between tabs and programs. */
export interface Fragment {
  readonly format: 'patchbay-fragment'
  readonly nodes: { readonly [id: NodeId]: NodeInstance }
  readonly layout: { readonly [id: NodeId]: NodeLayout }
  readonly notes: NonNullable<Layout['notes']>
  readonly groups: NonNullable<Layout['groups']>
  readonly workflows: { readonly [name: string]: SubWorkflow }
}

export interface Picked {
  readonly nodes: readonly NodeId[]
  readonly notes: readonly string[]
  readonly groups: readonly string[]
}

export function copyFragment(workflow: Workflow, graph: Graph, picked: Picked): Fragment {
  const nodes = choose(graph.nodes, picked.nodes)
  return {
    format: 'patchbay-fragment',
    nodes,
    layout: choose(graph.layout?.nodes ?? {}, picked.nodes),
    notes: choose(graph.layout?.notes ?? {}, picked.notes),
    groups: choose(graph.layout?.groups ?? {}, picked.groups),
    workflows: subWorkflowsUsedBy(workflow, Object.values(nodes)),
  }
}

function choose<Value>(record: { readonly [key: string]: Value }, keys: readonly string[]): Record<string, Value> {
  const chosen: Record<string, Value> = {}
  for (const key of keys) {
    const value = record[key]
    if (value !== undefined) chosen[key] = value
  }
  return chosen
}

function subWorkflowsUsedBy(workflow: Workflow, nodes: readonly NodeInstance[]): Record<string, SubWorkflow> {
  const used: Record<string, SubWorkflow> = {}
  const open = [...nodes]
  for (let node = open.pop(); node; node = open.pop()) {
    if (!node.type.startsWith(subWorkflowPrefix)) continue
    const name = node.type.slice(subWorkflowPrefix.length)
    const sub = workflow.workflows?.[name]
    if (!sub || name in used) continue
    used[name] = sub
    open.push(...Object.values(sub.nodes))
  }
  return used
}

/** Reads copied text; undefined when it is something else. */
export function parseFragment(text: string): Fragment | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  return isFragment(json) ? json : undefined
}

function isFragment(json: unknown): json is Fragment {
  if (typeof json !== 'object' || json === null || !('format' in json) || json.format !== 'patchbay-fragment')
    return false
  const parts = ['nodes', 'layout', 'notes', 'groups', 'workflows'] as const
  if (!parts.every((part) => isRecord(Reflect.get(json, part)))) return false
  const nodes: unknown = Reflect.get(json, 'nodes')
  return (
    isRecord(nodes) &&
    Object.values(nodes).every(
      (node) =>
        isRecord(node) && typeof node['type'] === 'string' && isRecord(node['values']) && isRecord(node['links']),
    )
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export interface Pasted {
  readonly workflow: Workflow
  readonly graph: Graph
  readonly nodes: readonly NodeId[]
  readonly notes: readonly string[]
}

/**
 * Adds a fragment with fresh ids, its upper left corner at `at`, or where it was copied. Links among its nodes are
 * kept; links from elsewhere only with `keepOutside`, where that node exists.
 */
export function pasteFragment(
  workflow: Workflow,
  graph: Graph,
  fragment: Fragment,
  at: Point | undefined,
  keepOutside = false,
): Pasted {
  const ids = Object.keys(fragment.nodes)
  const fresh = freshIds(Object.keys(graph.nodes), ids.length)
  const renamed = new Map(ids.map((id, index) => [id, fresh[index] ?? id]))
  const shift = shiftTo(fragment, at)
  const nodes: Record<NodeId, NodeInstance> = { ...graph.nodes }
  const places: Record<NodeId, NodeLayout> = { ...graph.layout?.nodes }
  for (const [id, node] of Object.entries(fragment.nodes)) {
    const to = renamed.get(id) ?? id
    nodes[to] = { ...node, links: relink(node, renamed, (outside) => keepOutside && outside in graph.nodes) }
    places[to] = moved(fragment.layout[id] ?? at ?? { x: 0, y: 0 }, shift)
  }
  const noteIds = freshIds(Object.keys(graph.layout?.notes ?? {}), Object.keys(fragment.notes).length)
  const notes = Object.fromEntries(
    Object.values(fragment.notes).map((note, index) => [noteIds[index] ?? String(index), moved(note, shift)]),
  )
  const groupIds = freshIds(Object.keys(graph.layout?.groups ?? {}), Object.keys(fragment.groups).length)
  const groups = Object.fromEntries(
    Object.values(fragment.groups).map((group, index) => [groupIds[index] ?? String(index), moved(group, shift)]),
  )
  const layout: Layout = {
    ...graph.layout,
    nodes: places,
    ...(noteIds.length > 0 ? { notes: { ...graph.layout?.notes, ...notes } } : {}),
    ...(groupIds.length > 0 ? { groups: { ...graph.layout?.groups, ...groups } } : {}),
  }
  const missing = Object.entries(fragment.workflows).filter(([name]) => !(name in (workflow.workflows ?? {})))
  return {
    workflow:
      missing.length > 0
        ? { ...workflow, workflows: { ...workflow.workflows, ...Object.fromEntries(missing) } }
        : workflow,
    graph: { nodes, layout },
    nodes: fresh,
    notes: noteIds,
  }
}

/** Copies what is picked to where it stands; the copies take the same links from outside. */
export function cloned(workflow: Workflow, graph: Graph, picked: Picked): Pasted {
  return pasteFragment(workflow, graph, copyFragment(workflow, graph, picked), undefined, true)
}

function moved<Place extends Point>(place: Place, shift: Point): Place {
  return { ...place, x: place.x + shift.x, y: place.y + shift.y }
}

function shiftTo(fragment: Fragment, at: Point | undefined): Point {
  const places: Point[] = [fragment.layout, fragment.notes, fragment.groups].flatMap((part) =>
    Object.values<Point>(part),
  )
  if (places.length === 0 || at === undefined) return { x: 0, y: 0 }
  const x = Math.min(...places.map((place) => place.x))
  const y = Math.min(...places.map((place) => place.y))
  return { x: at.x - x, y: at.y - y }
}

function relink(
  node: NodeInstance,
  renamed: ReadonlyMap<string, string>,
  keep: (outside: NodeId) => boolean,
): NodeInstance['links'] {
  const links: Record<string, Link | readonly Link[]> = {}
  const follow = (link: Link): Link | undefined => {
    if (!isNodeLink(link)) return undefined
    const to = renamed.get(link.node) ?? (keep(link.node) ? link.node : undefined)
    return to === undefined ? undefined : { ...link, node: to }
  }
  for (const [input, link] of Object.entries(node.links)) {
    const followed = (isLink(link) ? [link] : link).flatMap((one) => follow(one) ?? [])
    const [first] = followed
    if (first) links[input] = isLink(link) ? first : followed
  }
  return links
}
