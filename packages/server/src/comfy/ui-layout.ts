import type { GroupLayout, JsonObject, Layout, NodeLayout, NoteLayout, Point } from '@patchbay/engine/workflow'
import type { ComfyClasses } from './comfy-class.ts'
import { linkKeysOf } from './link-keys.ts'
import type { ComfyPrompt } from './prompt.ts'
import type { NativePrompt } from './to-native.ts'
import { nativeId } from './to-native.ts'
import type { UiGraph, UiNode } from './ui-graph.ts'
import { graphOf, groupsOf, subgraphsOf } from './ui-graph.ts'

const noteTypes = ['Note', 'MarkdownNote']
/** Between a node and those that only give it constants, which stand below it. */
const gap = 24
const usualHeight = 160

/**
 * Where the nodes, groups and notes of a saved workflow stand and which points its links pass, for the native document that was made of it.
 */
export function layoutOfUi(
  json: JsonObject,
  { nativeOf: natives, document }: NativePrompt,
  prompt: ComfyPrompt,
  classes: ComfyClasses,
): Layout {
  const subgraphs = subgraphsOf(json)
  const nodes: Record<string, NodeLayout> = {}
  const notes: Record<string, NoteLayout> = {}
  const reroutes: Record<string, readonly Point[]> = {}
  const open: { readonly graph: UiGraph; readonly prefix: string; readonly shift: Point }[] = [
    { graph: graphOf(json), prefix: '', shift: { x: 0, y: 0 } },
  ]
  for (let scope = open.pop(); scope; scope = open.pop()) {
    for (const node of scope.graph.nodes.values()) {
      const at = { x: node.position[0] + scope.shift.x, y: node.position[1] + scope.shift.y }
      const id = `${scope.prefix}${node.id}`
      const definition = subgraphs.get(node.type)
      // What a subgraph holds spreads from where its node stood.
      if (definition) open.push({ graph: definition, prefix: `${id}:`, shift: shiftTo(at, definition) })
      else if (noteTypes.includes(node.type)) notes[`note-${notesOf(notes) + 1}`] = noteAt(at, node)
      else {
        Object.assign(nodes, nodesAt(at, node, Object.hasOwn(natives, id) ? (natives[id] ?? []) : []))
        const made = Object.hasOwn(prompt, id) ? prompt[id] : undefined
        const comfyClass = classes.get(node.type)
        if (!made || !comfyClass) continue
        const keys = linkKeysOf(made, comfyClass, document.nodes, (part) => nativeId(id, part))
        for (const { name, link } of node.inputs) {
          const points = link === undefined ? [] : pointsBefore(link, scope.graph, scope.shift)
          if (points.length > 0) for (const key of keys.get(name) ?? []) reroutes[key] = points
        }
      }
    }
  }
  const groups = groupsOf(json).map((group, index): [string, GroupLayout] => [`group-${index + 1}`, group])
  const passed = Object.keys(reroutes).length > 0 ? { reroutes } : {}
  return { nodes, groups: Object.fromEntries(groups), notes, ...passed }
}

/** The points that a link passes within its graph, from where it starts: reroute points, and the nodes that older editors have for them. */
function pointsBefore(start: number, { links, nodes, reroutes }: UiGraph, shift: Point): readonly Point[] {
  const points: Point[] = []
  const seen = new Set<unknown>()
  let link = links.get(start)
  while (link && !seen.has(link)) {
    seen.add(link)
    let at = link.reroute
    for (let point = at === undefined ? undefined : reroutes.get(at); point && !seen.has(point);) {
      seen.add(point)
      points.push({ x: point.x + shift.x, y: point.y + shift.y })
      at = point.before
      point = at === undefined ? undefined : reroutes.get(at)
    }
    const node = nodes.get(link.from)
    if (node?.type !== 'Reroute') break
    const [width, height] = node.size ?? [0, 0]
    points.push({ x: node.position[0] + width / 2 + shift.x, y: node.position[1] + height / 2 + shift.y })
    const [input] = node.inputs
    link = input?.link === undefined ? undefined : links.get(input.link)
  }
  return points.reverse()
}

const notesOf = (notes: object): number => Object.keys(notes).length

function shiftTo({ x, y }: Point, { nodes }: UiGraph): Point {
  const positions = [...nodes.values()].map(({ position }) => position)
  const left = Math.min(...positions.map(([across]) => across))
  const top = Math.min(...positions.map(([, down]) => down))
  return positions.length === 0 ? { x: 0, y: 0 } : { x: x - left, y: y - top }
}

/** One node of ComfyUI may be several here: the others stand below the first. */
function nodesAt({ x, y }: Point, node: UiNode, ids: readonly string[]): Record<string, NodeLayout> {
  const { title, type, size, color, isCollapsed, isPinned } = node
  const below = (index: number) => (index === 0 ? 0 : (size?.[1] ?? usualHeight) + gap + (index - 1) * usualHeight)
  const looks = {
    ...(size && { width: size[0], height: size[1] }),
    ...(title !== undefined && title !== type && { title }),
    ...(color !== undefined && { color }),
    ...(isCollapsed && { collapsed: true }),
    ...(isPinned && { pinned: true }),
  }
  return Object.fromEntries(ids.map((id, index) => [id, { x, y: y + below(index), ...(index === 0 && looks) }]))
}

function noteAt(at: Point, { widgets, size: [width, height] = [240, 120] }: UiNode): NoteLayout {
  const [first]: readonly unknown[] = Array.isArray(widgets) ? widgets : Object.values(widgets)
  return { ...at, width, height, text: typeof first === 'string' ? first : '' }
}
