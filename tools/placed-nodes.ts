import type { Box, NodeId, NodeInstance, Workflow } from '@patchbay/engine/workflow'
import { geometryOf, type NodeGeometry } from '../packages/editor/src/canvas/node-geometry.ts'
import { createRegistry, manifestOfNode, type Registry } from '../packages/editor/src/state/registry/registry.ts'
import { readingOrder } from '../packages/editor/src/state/edits/reading-order.ts'
import { nodeManifestOf } from '../packages/engine/src/definition/node-manifest.ts'
import { nodeDefinitions } from '../packages/nodes/src/definitions/index.ts'

/** A node as the editor draws it: its box, and where its sockets are in it. */
export interface PlacedNode extends Pick<NodeGeometry, 'inputs' | 'outputs'> {
  readonly box: Box
}

/** The nodes that ship, as the editor has them, but for the colours of sockets. */
export function shippedRegistry(): Registry {
  return createRegistry({ nodes: nodeDefinitions.map(nodeManifestOf), socketTypes: [], coercions: [] })
}

/** The nodes of a workflow as the editor draws them; `pictures` leaves room for those that will stand on them. */
export function placedNodes(workflow: Workflow, registry: Registry, pictures: boolean): Map<NodeId, PlacedNode> {
  const placed = readingOrder(workflow).flatMap((id): [NodeId, PlacedNode][] => {
    const instance = workflow.nodes[id]
    if (!instance) return []
    const layout = workflow.layout?.nodes?.[id]
    const manifest = manifestOfNode(registry, workflow, instance)
    const aspect = pictures && showsPicture(registry, instance) ? { pictureAspect: 1 } : {}
    const { width, height, inputs, outputs } = geometryOf(manifest, instance, layout, aspect)
    const { x, y } = layout ?? { x: 0, y: 0 }
    return [[id, { box: { x, y, width, height }, inputs, outputs }]]
  })
  return new Map(placed)
}

/** Nodes that keep pictures, and those that show them while they work. */
function showsPicture(registry: Registry, { type }: NodeInstance): boolean {
  const manifest = registry.node(type)
  const takesPictures = manifest?.inputs.some(({ types }) => types.includes('image')) ?? false
  return (manifest?.sideEffect === true && takesPictures) || manifest?.category.startsWith('sampling') === true
}
