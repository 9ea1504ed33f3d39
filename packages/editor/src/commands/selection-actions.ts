import { boundsOf, subWorkflowPrefix, type NodeId, type NodeMode, type Point } from '@patchbay/engine/workflow'
import { copyFragment, pasteFragment, type Fragment, type Picked } from '../state/edits/clipboard.ts'
import { addGroup, addNote, removeGroup, removeNote } from '../state/edits/decorations.ts'
import { disconnect } from '../state/edits/links.ts'
import { readingOrder } from '../state/edits/reading-order.ts'
import { moveNodes, patchNodeLayout, removeNodes, toggleMode } from '../state/edits/nodes.ts'
import { extractSubWorkflow, unpackSubWorkflow } from '../state/edits/sub-workflow.ts'
import { pickedIn, type OpenDocument } from '../state/documents/document.ts'
import { withGraph } from '../state/edits/graph.ts'
import { subWorkflowOf, wouldHoldItself } from '../state/edits/nesting.ts'
import { passThrough } from '../state/registry/registry.ts'
import { reveal } from '../canvas/camera.ts'
import type { Stage } from '../canvas/stage.ts'

const picked = (document: OpenDocument): Picked => pickedIn(document.store.getState())

/** What is selected, to be copied; undefined when nothing is. */
export function copiedSelection(document: OpenDocument): Fragment | undefined {
  const chosen = picked(document)
  if (chosen.nodes.length + chosen.groups.length + chosen.notes.length === 0) return undefined
  return copyFragment(document.store.getState().workflow, document.graph(), chosen)
}

/**
 * Adds copied nodes at the pointer, or in the middle of the view. Sub-workflows that would then hold themselves are
 * left out: these are their labels.
 */
export function insertFragment(
  document: OpenDocument,
  stage: Stage,
  fragment: Fragment,
  keepOutside = false,
  at?: Point,
): readonly string[] {
  const place = at ?? stage.pointerOr(stage.center())
  const { path, workflow: into } = document.store.getState()
  const workflows = { ...fragment.workflows, ...into.workflows }
  const entries = Object.entries(fragment.nodes)
  const fitting = entries.filter(([, { type }]) => !wouldHoldItself(workflows, path, type))
  const leftOut = entries
    .filter((entry) => !fitting.includes(entry))
    .map(([, node]) => workflows[subWorkflowOf(node) ?? '']?.label ?? node.type)
  if (fitting.length === 0 && leftOut.length > 0) return leftOut
  let added: readonly string[] = []
  document.edit('paste', (workflow) => {
    const chosen = { ...fragment, nodes: Object.fromEntries(fitting) }
    const pasted = pasteFragment(workflow, document.graph(), chosen, rounded(place), keepOutside)
    added = [...pasted.nodes, ...pasted.notes.map((id) => `note/${id}`)]
    return withGraph(pasted.workflow, path, pasted.graph)
  })
  document.select(added)
  return leftOut
}

export function duplicateSelection(document: OpenDocument, stage: Stage): void {
  const chosen = picked(document)
  const bounds = boundsOf([...stage.scene.boxes(chosen.nodes).values()])
  if (!bounds) return
  const fragment = copyFragment(document.store.getState().workflow, document.graph(), chosen)
  insertFragment(document, stage, fragment, true, { x: bounds.x + 36, y: bounds.y + 36 })
}

function rounded({ x, y }: Point): Point {
  return { x: Math.round(x), y: Math.round(y) }
}

export function removePicked(document: OpenDocument): void {
  const { nodes, groups, notes } = picked(document)
  document.editGraph(
    'delete',
    (graph) => {
      let next = removeNodes(graph, nodes)
      for (const id of groups) next = removeGroup(next, id)
      for (const id of notes) next = removeNote(next, id)
      return next
    },
    { select: [] },
  )
}

/** Removes the selected link, or else what is selected. */
export function deleteSelection(document: OpenDocument, stage: Stage): void {
  const { selectedLink } = stage.store.getState()
  const link = selectedLink === undefined ? undefined : stage.scene.link(selectedLink)?.link
  if (link) {
    document.editGraph('unlink', (graph) => disconnect(graph, link))
    stage.store.setState({ selectedLink: undefined })
    return
  }
  removePicked(document)
}

export function bridgeSelection(document: OpenDocument, stage: Stage): void {
  document.editGraph(
    'delete',
    (graph) =>
      removeNodes(graph, picked(document).nodes, (id, output) => {
        const manifest = stage.manifestOf(id)
        const instance = graph.nodes[id]
        return manifest && instance && passThrough(manifest, instance, output)
      }),
    { select: [] },
  )
}

export function modeSelection(document: OpenDocument, mode: NodeMode): void {
  const { nodes } = picked(document)
  if (nodes.length > 0) document.editGraph(mode, (graph) => toggleMode(graph, nodes, mode))
}

export function collapseSelection(document: OpenDocument): void {
  const { nodes } = picked(document)
  document.editGraph('collapse', (graph) => {
    const all = nodes.every((id) => graph.layout?.nodes?.[id]?.collapsed)
    return patchNodeLayout(graph, nodes, { collapsed: all ? undefined : true })
  })
}

export function pinSelection(document: OpenDocument): void {
  const { nodes } = picked(document)
  document.editGraph('pin', (graph) => {
    const all = nodes.every((id) => graph.layout?.nodes?.[id]?.pinned)
    return patchNodeLayout(graph, nodes, { pinned: all ? undefined : true })
  })
}

export function groupSelection(document: OpenDocument, stage: Stage, title: string): void {
  const bounds = boundsOf([...stage.scene.boxes(picked(document).nodes).values()])
  const center = stage.center()
  const box = bounds ?? { x: center.x - 200, y: center.y - 120, width: 400, height: 240 }
  const room = bounds ? 24 : 0
  document.editGraph('group', (graph) =>
    addGroup(graph, {
      x: Math.round(box.x - room),
      y: Math.round(box.y - room - (bounds ? 32 : 0)),
      width: Math.round(box.width + 2 * room),
      height: Math.round(box.height + 2 * room + (bounds ? 32 : 0)),
      title,
    }),
  )
}

export function noteHere(document: OpenDocument, stage: Stage): void {
  const at = stage.pointerOr(stage.center())
  document.editGraph('note', (graph) => addNote(graph, { ...rounded(at), width: 240, height: 120, text: '' }))
}

export function subWorkflowOfSelection(document: OpenDocument, stage: Stage, label: string): void {
  const { nodes } = picked(document)
  if (nodes.length === 0) return
  const { path } = document.store.getState()
  let standing: NodeId | undefined
  document.edit('sub-workflow', (workflow) => {
    const extracted = extractSubWorkflow(workflow, document.graph(), nodes, stage.scene.boxes(nodes), label)
    standing = extracted.node
    return withGraph(extracted.workflow, path, extracted.graph)
  })
  if (standing !== undefined) document.select([standing])
}

export function unpackNode(document: OpenDocument, id: NodeId): void {
  const { path } = document.store.getState()
  document.edit('unpack', (workflow) => {
    const unpacked = unpackSubWorkflow(workflow, document.graph(), id)
    return unpacked ? withGraph(unpacked.workflow, path, unpacked.graph) : workflow
  })
}

/** Opens the selected sub-workflow, or puts the focus into the first field of the selected node. */
export async function enterSelection(document: OpenDocument, stage: Stage): Promise<void> {
  const [id] = picked(document).nodes
  if (id === undefined) return
  const type = document.graph().nodes[id]?.type ?? ''
  if (type.startsWith(subWorkflowPrefix)) {
    document.enter(id, type.slice(subWorkflowPrefix.length))
    return
  }
  await reveal(stage, id)
  const field = stage.view.element(id)?.querySelector<HTMLElement>('textarea, input, [role=spinbutton], .widget')
  field?.focus()
}

/** Selects the next node in reading order, and brings it into view. */
export async function stepSelection(document: OpenDocument, stage: Stage, by: 1 | -1): Promise<void> {
  const ids = readingOrder(document.graph())
  const at = ids.indexOf(picked(document).nodes[0] ?? '')
  const next = ids[(at + by + ids.length) % ids.length] ?? ids[0]
  if (next === undefined) return
  document.select([next])
  await reveal(stage, next)
  requestAnimationFrame(() =>
    stage.view.element(next)?.querySelector<HTMLElement>('.node')?.focus({ preventScroll: true }),
  )
}

export function nudgeSelection(document: OpenDocument, stage: Stage, x: number, y: number): void {
  const { nodes } = picked(document)
  const places = new Map(
    nodes
      .filter((id) => !stage.scene.nodes.get(id)?.layout?.pinned)
      .map((id): [NodeId, Point] => {
        const place = stage.scene.place(id)
        return [id, { x: place.x + x, y: place.y + y }]
      }),
  )
  if (places.size > 0) document.editGraph('move', (graph) => moveNodes(graph, places), { merge: 'nudge' })
}
