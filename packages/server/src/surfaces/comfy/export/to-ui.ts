import type { JsonObject, Workflow } from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyClasses } from '../classes/comfy-class.ts'
import { promptOfGraph } from './from-native.ts'
import { withNativeStandIns } from './native-stand-in.ts'
import { nestable } from './nestable.ts'
import { definitionOf } from './to-subgraph.ts'
import { uuidOf } from './uuid-of.ts'
import { type Numbering, writtenGraph } from './written-graph.ts'

/**
 * A native document as ComfyUI's editor saves it (schema 0.4): nodes with their places, sizes, titles, colours and
 * modes, links, values by position, reroute points, frames and notes. Sub-workflows become subgraphs, and the nodes
 * that use them their instances; what cannot be a subgraph is dissolved into the nodes that it holds.
 */
export function uiFromNative(
  source: Workflow,
  classes: ComfyClasses,
): { readonly workflow: JsonObject; readonly problems: readonly string[] } {
  const standing = withNativeStandIns(source, classes)
  const { document, inOrder, problems: lost } = nestable(source, standing)
  const problems = [...lost]
  const numbering: Numbering = { node: 0, link: 0, reroute: 0, group: 0 }
  const known = new Map<string, ComfyClass>(standing)
  const subgraphs = inOrder.map((name) => {
    const written = definitionOf(document, name, known, numbering, problems)
    known.set(written.useClass.name, written.useClass)
    return written.definition
  })
  const made = promptOfGraph(document, known, ['muted', 'bypassed'], problems)
  const graph = writtenGraph(
    { ...made, unfed: { prompt: made.prompt, nodes: document.nodes }, native: document, classes: known },
    numbering,
  )
  const { nodes, links, groups, reroutes, parentOf, numberOf } = graph
  const { layout = {} } = document
  const linkExtensions = [...parentOf].map(([id, parentId]) => ({ id, parentId }))
  // Counters are those of the whole document: no number of a link stands for two.
  const state = {
    lastGroupId: numbering.group,
    lastNodeId: numbering.node,
    lastLinkId: numbering.link,
    lastRerouteId: numbering.reroute,
  }
  const workflow: JsonObject = {
    id: uuidOf(source),
    revision: 0,
    last_node_id: numbering.node,
    last_link_id: numbering.link,
    nodes,
    links: links.map(({ id, from, fromSlot, to, toSlot, type }) => [
      id,
      numberOf(from),
      fromSlot,
      numberOf(to),
      toSlot,
      type,
    ]),
    groups,
    ...(subgraphs.length > 0 ? { definitions: { subgraphs: subgraphs.map((each) => ({ ...each, state })) } } : {}),
    config: {},
    extra: {
      ds: { scale: layout.view?.zoom ?? 1, offset: [layout.view?.x ?? 0, layout.view?.y ?? 0] },
      ...(reroutes.length > 0 ? { reroutes, linkExtensions } : {}),
    },
    version: 0.4,
  }
  return { workflow, problems }
}
