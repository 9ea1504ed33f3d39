import type { NodeId } from '@patchbay/engine/workflow'
import type { OpenDocument } from '../state/documents/document.ts'
import { linksInto } from '../state/edits/links.ts'
import { moveNodes } from '../state/edits/nodes.ts'
import { movedWithGroups, spread } from '../state/edits/room.ts'
import { withGraph } from '../state/edits/graph.ts'
import type { Arrangement, Placed } from './auto-arrange.ts'
import { fitView } from './camera.ts'
import type { Stage } from './stage.ts'

/** Gives places to a document that came without any: no step to undo, for there was nothing before. */
export async function arrangeFirst(document: OpenDocument, stage: Stage): Promise<void> {
  const { places, reroutes } = await arrangementOf(document, stage, [...stage.scene.nodes.keys()])
  document.settle((workflow) => {
    const { layout } = moveNodes(workflow, places)
    return { ...workflow, layout: { ...layout, reroutes } }
  })
  await fitView(stage)
}

/** Moves the nodes of a document from elsewhere apart, whose nodes are of another size here: no step to undo either. */
export function spreadFirst(document: OpenDocument, stage: Stage): void {
  const boxes = stage.scene.boxes()
  const places = spread(boxes)
  if (places.size === 0) return
  const { path } = document.store.getState()
  document.settle((workflow) => withGraph(workflow, path, movedWithGroups(document.graph(), boxes, places)))
}

/** Lays several selected nodes out in layers, from left to right; the whole graph when fewer are selected. */
export async function arrange(document: OpenDocument, stage: Stage, selected: readonly string[]): Promise<void> {
  const ids = selected.length > 1 ? selected : [...stage.scene.nodes.keys()]
  const { places, reroutes } = await arrangementOf(document, stage, ids)
  const moved = new Set<string>(ids)
  document.editGraph('arrange', (graph) => {
    const others = Object.entries(graph.layout?.reroutes ?? {}).filter(([key]) => !moved.has(key.split('.')[0] ?? ''))
    const kept = { ...Object.fromEntries(others), ...reroutes }
    return moveNodes({ ...graph, layout: { ...graph.layout, reroutes: kept } }, places)
  })
  if (selected.length <= 1) await fitView(stage)
}

async function arrangementOf(document: OpenDocument, stage: Stage, ids: readonly NodeId[]): Promise<Arrangement> {
  const { layered } = await import('./auto-arrange.ts')
  const nodes = new Map<NodeId, Placed>()
  for (const id of ids) {
    const node = stage.scene.nodes.get(id)
    const box = stage.scene.boxOf(id)
    if (node && box) nodes.set(id, { box, inputs: node.geometry.inputs, outputs: node.geometry.outputs })
  }
  const isDrawn = (id: NodeId, side: 'inputs' | 'outputs', name: string): boolean =>
    nodes.get(id)?.[side].has(name) ?? false
  const links = ids
    .flatMap((id) => linksInto(document.graph(), id))
    .filter(({ from, output, to, input }) => isDrawn(from, 'outputs', output) && isDrawn(to, 'inputs', input))
  return layered(nodes, links)
}
