import type { Run, RunResult } from '../running/run-options.ts'
import type { NodeId, RunEvent } from '../workflow/index.ts'

/** What a run did, as plain data for one comparison. */
export interface EventLog {
  readonly events: readonly RunEvent[]
  readonly result: RunResult
  /** Ids of the nodes that ran, in the order they started. */
  readonly started: readonly NodeId[]
  /** Ids of the nodes whose result was reused. */
  readonly reused: readonly NodeId[]
  readonly skipped: readonly NodeId[]
  /** What nodes showed, by id. */
  readonly shown: { readonly [node: NodeId]: unknown }
}

/** Reads a run to its end. Events are the oracle of tests: which nodes ran, and which were reused. */
export async function eventLog(run: Run): Promise<EventLog> {
  const events: RunEvent[] = []
  for await (const event of run) events.push(event)
  const idsOf = (type: RunEvent['type']) =>
    events.flatMap((event) => (event.type === type && 'node' in event ? [event.node] : []))
  const shown = events.flatMap((event) =>
    event.type === 'node-finished' && event.shown ? [[event.node, event.shown]] : [],
  )
  return {
    events,
    result: await run.result,
    started: idsOf('node-started'),
    reused: idsOf('node-reused'),
    skipped: idsOf('node-skipped'),
    shown: Object.fromEntries(shown),
  }
}
