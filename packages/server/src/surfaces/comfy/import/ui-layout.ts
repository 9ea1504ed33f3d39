import type { GroupLayout, Layout, NodeLayout, NoteLayout, Point, Workflow } from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyClasses } from '../classes/comfy-class.ts'
import { linkKeysOf } from '../prompt/link-keys.ts'
import type { ComfyPrompt } from '../prompt/prompt.ts'
import { type NativePrompt, nativeId } from '../prompt/to-native.ts'
import type { UiGraph, UiNode } from './ui-graph.ts'
import { widgetsOf } from './ui-sources.ts'

const noteTypes = ['Note', 'MarkdownNote']
/** Between a node and those that only give it constants, which stand below it. */
const gap = 24
const usualHeight = 160

/**
 * Where the nodes, groups and notes of a saved graph stand and which points its links pass, for the native graph that
 * was made of it.
 */
export function layoutOfUi(
  graph: UiGraph,
  { nativeOf: natives, document }: NativePrompt,
  prompt: ComfyPrompt,
  classes: ComfyClasses,
): Layout {
  const nodes = new Map<string, NodeLayout>()
  const notes: NoteLayout[] = []
  const reroutes = new Map<string, readonly Point[]>()
  for (const node of graph.nodes.values()) {
    const { id } = node
    const at = { x: node.position[0], y: node.position[1] }
    if (noteTypes.includes(node.type)) {
      notes.push(noteAt(at, node))
      continue
    }
    for (const [native, place] of nodesAt(at, node, natives.get(id) ?? [])) nodes.set(native, place)
    const made = prompt.get(id)
    const comfyClass = made && classes.get(made.class_type)
    if (!comfyClass) continue
    for (const [name, change] of widgetsOf(node, classes).seeds)
      for (const [native, seed] of seedsOf(comfyClass, name, (part) => nativeId(id, part), document.nodes)) {
        const place = nodes.get(native)
        if (place) nodes.set(native, { ...place, seeds: { ...place.seeds, [seed]: change } })
      }
    const keys = linkKeysOf(made, comfyClass, document.nodes, (part) => nativeId(id, part))
    for (const { name, link } of node.inputs) {
      const points = link === undefined ? [] : pointsBefore(link, graph)
      if (points.length > 0) for (const key of keys.get(name) ?? []) reroutes.set(key, points)
    }
  }
  const groups = graph.groups.map((group, index): [string, GroupLayout] => [`group-${index + 1}`, group])
  const passed = reroutes.size > 0 ? { reroutes: Object.fromEntries(reroutes) } : {}
  return {
    nodes: Object.fromEntries(nodes),
    groups: Object.fromEntries(groups),
    notes: Object.fromEntries(notes.map((note, index) => [`note-${index + 1}`, note])),
    ...passed,
  }
}

/**
 * The points that a link passes within its graph, from where it starts: reroute points, and the nodes that older
 * editors have for them.
 */
function pointsBefore(start: number, { links, nodes, reroutes }: UiGraph): readonly Point[] {
  const points: Point[] = []
  const seen = new Set<unknown>()
  let link = links.get(start)
  while (link && !seen.has(link)) {
    seen.add(link)
    let at = link.reroute
    for (let point = at === undefined ? undefined : reroutes.get(at); point && !seen.has(point);) {
      seen.add(point)
      points.push({ x: point.x, y: point.y })
      at = point.before
      point = at === undefined ? undefined : reroutes.get(at)
    }
    const node = nodes.get(link.from)
    if (node?.type !== 'Reroute') break
    const [width, height] = node.size ?? [0, 0]
    points.push({ x: node.position[0] + width / 2, y: node.position[1] + height / 2 })
    const [input] = node.inputs
    link = input?.link === undefined ? undefined : links.get(input.link)
  }
  return points.reverse()
}

/** The native inputs that a seed of a ComfyUI node goes to. */
export function seedsOf(
  { parts }: Pick<ComfyClass, 'parts'>,
  name: string,
  idOf: (part: string) => string,
  nodes: Workflow['nodes'],
): readonly (readonly [native: string, input: string])[] {
  return Object.entries(parts).flatMap(([part, { inputs }]) =>
    Object.entries(inputs).flatMap(([input, source]) => {
      const id = idOf(part)
      const isIt = 'input' in source && source.input === name && Object.hasOwn(nodes[id]?.values ?? {}, input)
      return isIt ? [[id, input] as const] : []
    }),
  )
}

/** One node of ComfyUI may be several here: the others stand below the first. */
function nodesAt({ x, y }: Point, node: UiNode, ids: readonly string[]): [string, NodeLayout][] {
  const { title, type, size, color, isCollapsed, isPinned } = node
  const below = (index: number) => (index === 0 ? 0 : (size?.[1] ?? usualHeight) + gap + (index - 1) * usualHeight)
  const looks = {
    ...(size && { width: size[0], height: size[1] }),
    ...(title !== undefined && title !== type && { title }),
    ...(color !== undefined && { color }),
    ...(isCollapsed && { collapsed: true }),
    ...(isPinned && { pinned: true }),
  }
  return ids.map((id, index) => [id, { x, y: y + below(index), ...(index === 0 && looks) }])
}

function noteAt(at: Point, { widgets, color, size: [width, height] = [240, 120] }: UiNode): NoteLayout {
  const [first]: readonly unknown[] = Array.isArray(widgets) ? widgets : Object.values(widgets)
  return { ...at, width, height, text: typeof first === 'string' ? first : '', ...(color !== undefined && { color }) }
}
