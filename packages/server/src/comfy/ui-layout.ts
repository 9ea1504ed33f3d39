import type { GroupLayout, JsonObject, Layout, NodeLayout, NoteLayout, Point } from '@patchbay/engine/workflow'
import type { NativePrompt } from './to-native.ts'
import type { UiGraph, UiNode } from './ui-graph.ts'
import { graphOf, groupsOf, subgraphsOf } from './ui-graph.ts'

const noteTypes = ['Note', 'MarkdownNote']
/** Between a node and those that only give it constants, which stand below it. */
const gap = 24
const usualHeight = 160

/** Where the nodes, groups and notes of a saved workflow stand, for the native document that was made of it. */
export function layoutOfUi(json: JsonObject, natives: NativePrompt['nativeOf']): Layout {
  const subgraphs = subgraphsOf(json)
  const nodes: Record<string, NodeLayout> = {}
  const notes: Record<string, NoteLayout> = {}
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
      else Object.assign(nodes, nodesAt(at, node, Object.hasOwn(natives, id) ? (natives[id] ?? []) : []))
    }
  }
  const groups = groupsOf(json).map((group, index): [string, GroupLayout] => [`group-${index + 1}`, group])
  return { nodes, groups: Object.fromEntries(groups), notes }
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
