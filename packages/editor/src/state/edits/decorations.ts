import type { Box, GroupLayout, NodeId, NoteLayout, Point } from '@patchbay/engine/workflow'
import { type Graph, freshIds, without } from './graph.ts'
import { patched } from './nodes.ts'

type Patch<Target> = { readonly [Key in keyof Target]?: Target[Key] | undefined }

export function addGroup(graph: Graph, group: GroupLayout): Graph {
  const groups = graph.layout?.groups ?? {}
  const [id = '1'] = freshIds(Object.keys(groups), 1)
  return { ...graph, layout: { ...graph.layout, groups: { ...groups, [id]: group } } }
}

export function patchGroup(graph: Graph, id: string, patch: Patch<GroupLayout>): Graph {
  const group = graph.layout?.groups?.[id]
  if (!group) return graph
  return { ...graph, layout: { ...graph.layout, groups: { ...graph.layout?.groups, [id]: patched(group, patch) } } }
}

export function removeGroup(graph: Graph, id: string): Graph {
  const groups = graph.layout?.groups
  return groups ? { ...graph, layout: { ...graph.layout, groups: without(groups, [id]) } } : graph
}

export function addNote(graph: Graph, note: NoteLayout): Graph {
  const notes = graph.layout?.notes ?? {}
  const [id = '1'] = freshIds(Object.keys(notes), 1)
  return { ...graph, layout: { ...graph.layout, notes: { ...notes, [id]: note } } }
}

export function patchNote(graph: Graph, id: string, patch: Patch<NoteLayout>): Graph {
  const note = graph.layout?.notes?.[id]
  if (!note) return graph
  return { ...graph, layout: { ...graph.layout, notes: { ...graph.layout?.notes, [id]: patched(note, patch) } } }
}

export function removeNote(graph: Graph, id: string): Graph {
  const notes = graph.layout?.notes
  return notes ? { ...graph, layout: { ...graph.layout, notes: without(notes, [id]) } } : graph
}

/** Sets the points that a link passes, in order from output to input; none removes them. */
export function setReroutes(graph: Graph, link: string, points: readonly Point[]): Graph {
  const reroutes = graph.layout?.reroutes ?? {}
  const next = points.length === 0 ? without(reroutes, [link]) : { ...reroutes, [link]: points }
  return { ...graph, layout: { ...graph.layout, reroutes: next } }
}

/** The nodes whose middle lies inside a box: what a group moves and mutes. */
export function nodesInside(boxes: ReadonlyMap<NodeId, Box>, area: Box): NodeId[] {
  return [...boxes]
    .filter(([, box]) => {
      const x = box.x + box.width / 2
      const y = box.y + box.height / 2
      return x >= area.x && x <= area.x + area.width && y >= area.y && y <= area.y + area.height
    })
    .map(([id]) => id)
}
