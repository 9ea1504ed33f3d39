import type { RunEvent } from '@patchbay/engine/workflow'
import type { TimelineEntry } from '../api/api-types.ts'

const mostEntries = 5_000

/**
 * When each node of a run began and ended, on which lane, with what it left in memory. `laneOf` knows nodes by id, or
 * those of an expansion by type.
 */
export function createTimeline(
  laneOf: (node: string, type?: string) => string | undefined = () => undefined,
  now: () => number = () => performance.now(),
) {
  const begin = now()
  const expanded = new Map<string, string>()
  const started = new Map<string, number>()
  const entries: TimelineEntry[] = []
  const end = (node: string, outcome: TimelineEntry['outcome']): void => {
    if (entries.length >= mostEntries) return
    const at = Math.round(now() - begin)
    const lane = laneOf(node, expanded.get(node))
    const memoryBytes = process.memoryUsage.rss()
    entries.push({
      node,
      start: started.get(node) ?? at,
      end: at,
      outcome,
      memoryBytes,
      ...(lane === undefined ? {} : { lane }),
    })
    started.delete(node)
  }
  return {
    add(event: RunEvent): void {
      switch (event.type) {
        case 'node-started':
          started.set(event.node, Math.round(now() - begin))
          return
        case 'node-expanded':
          for (const { id, type } of event.nodes) expanded.set(id, type)
          return
        case 'node-finished':
          end(event.node, 'finished')
          return
        case 'node-reused':
          end(event.node, 'reused')
          return
        case 'node-failed':
          end(event.node, 'failed')
          return
        case 'node-blocked':
          end(event.node, 'blocked')
          return
        default:
          return
      }
    },
    entries: (): readonly TimelineEntry[] => entries,
  }
}
