import type { NodeId } from '@patchbay/engine/workflow'
import type { Graph } from '../edits/graph.ts'
import { linksOutOf } from '../edits/reading-order.ts'
import type { JobRun } from './run.ts'

/**
 * The reused node because of which a run passed over a node: the nearest one that it feeds, through others that were
 * passed over as well. Undefined for a node that took part, or that feeds nothing reused.
 */
export function reusedBelow(graph: Graph, nodes: JobRun['nodes'], id: NodeId): NodeId | undefined {
  if (id in nodes) return undefined
  const seen = new Set([id])
  for (const one of seen) {
    for (const { to } of linksOutOf(graph, one)) {
      if (nodes[to]?.state === 'reused') return to
      if (!(to in nodes)) seen.add(to)
    }
  }
  return undefined
}
