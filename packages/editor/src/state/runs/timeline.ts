import type { NodeId } from '@patchbay/engine/workflow'
import type { JobRun, NodeRun } from './run.ts'

/** When a node of a run was at work: milliseconds from the start of the run. */
export interface TimelineBar {
  readonly node: NodeId
  readonly start: number
  readonly end: number
  readonly state: NodeRun['state']
}

/** What ran and what runs, in the order of the starts; `now` is the server's time, in milliseconds since 1970. */
export function timelineOf(run: Pick<JobRun, 'nodes' | 'startedAt'>, now: number): TimelineBar[] {
  const worked = Object.entries(run.nodes).flatMap(([node, { state, startedAt, ms }]) =>
    startedAt === undefined ? [] : [{ node, state, startedAt, ms }],
  )
  const origin = Math.min(run.startedAt ?? Infinity, ...worked.map(({ startedAt }) => startedAt))
  return worked
    .sort((a, b) => a.startedAt - b.startedAt)
    .map(({ node, state, startedAt, ms }) => {
      const start = startedAt - origin
      const end = ms === undefined ? Math.max(start, now - origin) : start + ms
      return { node, state, start, end }
    })
}
