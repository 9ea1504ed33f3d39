import type { NodeManifest } from '@patchbay/engine/workflow'
import { fittingSocket } from '../canvas/linking.ts'
import type { Stage } from '../canvas/stage.ts'
import type { SearchState } from '../state/editor.ts'
import { freshIds, type Graph } from '../state/edits/graph.ts'
import { connect, disconnect } from '../state/edits/links.ts'
import { addNode } from '../state/edits/nodes.ts'

/** Adds a node where the search was opened, and links it to what the search was opened from. */
export function placeNode(stage: Stage, manifest: NodeManifest, { at, fixed, types, insert }: SearchState): string {
  const { document, registry } = stage.context
  const [id = '1'] = freshIds(Object.keys(document.graph().nodes), 1)
  const known = registry.getState().registry
  const split = insert === undefined ? undefined : stage.scene.link(insert)?.link
  const from = split && { side: 'output' as const, node: split.from, name: split.output }
  document.editGraph(
    'add',
    (graph) => {
      const place = {
        x: Math.round(fixed?.side === 'input' ? at.x - 260 : split ? at.x - 130 : at.x),
        y: Math.round(at.y - (fixed || split ? 48 : 17)),
      }
      let next: Graph = addNode(graph, id, manifest, place)
      const end = fixed ?? from
      const socket = end && fittingSocket(known, manifest, { side: end.side, types: types ?? stage.links.typesOf(end) })
      if (!end || socket === undefined) return next
      const listOf = (name: string, inputs = manifest.inputs): boolean => {
        const input = inputs.find((one) => one.name === name)
        return input?.kind === 'link' && input.list
      }
      next =
        end.side === 'output'
          ? connect(next, { node: end.node, output: end.name }, { node: id, input: socket, list: listOf(socket) })
          : connect(
              next,
              { node: id, output: socket },
              { node: end.node, input: end.name, list: listOf(end.name, stage.manifestOf(end.node)?.inputs ?? []) },
            )
      if (!split) return next
      const wanted = stage.manifestOf(split.to)?.inputs.find((one) => one.name === split.input)?.types ?? ['*']
      const output = manifest.outputs.find((one) => known.refusal(one.type, wanted) === undefined)
      if (!output) return next
      const cut = disconnect(next, split)
      return connect(
        cut,
        { node: id, output: output.name },
        { node: split.to, input: split.input, list: split.index !== undefined },
      )
    },
    { select: [id] },
  )
  return id
}
