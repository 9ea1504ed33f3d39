import type { OpenDocument } from '../state/documents/document.ts'
import { linksInto } from '../state/edits/links.ts'
import { moveNodes } from '../state/edits/nodes.ts'
import { fitView } from './camera.ts'
import type { Stage } from './stage.ts'

/** Gives places to a document that came without any: no step to undo, for there was nothing before. */
export async function arrangeFirst(document: OpenDocument, stage: Stage): Promise<void> {
  const { layered } = await import('./auto-arrange.ts')
  const places = await layered(stage.scene.boxes(), stage.scene.allLinks())
  document.settle((workflow) => {
    const { layout } = moveNodes(workflow, places)
    return layout ? { ...workflow, layout } : workflow
  })
  await fitView(stage)
}

/** Lays several selected nodes out in layers, from left to right; the whole graph when fewer are selected. */
export async function arrange(document: OpenDocument, stage: Stage, selected: readonly string[]): Promise<void> {
  const { layered } = await import('./auto-arrange.ts')
  const ids = selected.length > 1 ? selected : [...stage.scene.nodes.keys()]
  const boxes = stage.scene.boxes(ids)
  const links = ids.flatMap((id) => linksInto(document.graph(), id)).filter((link) => boxes.has(link.from))
  const places = await layered(boxes, links)
  document.editGraph('arrange', (graph) => moveNodes({ ...graph, layout: { ...graph.layout, reroutes: {} } }, places))
  if (selected.length <= 1) await fitView(stage)
}
