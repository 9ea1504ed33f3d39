import { convert } from './arrivals.ts'
import type { OutputRecord } from '../definition/flowing.ts'
import { type TurnResults, PendingOutputs, type TurnResult } from './turn-results.ts'
import { joinTurns } from './list-mapping.ts'
import type { NodeRuns } from './node-runs.ts'
import type { PlannedNode, Source } from '../planning/planned-node.ts'
import { Blocked } from '../definition/blocked.ts'

type Settled = OutputRecord | Blocked

const nothing = { sources: [], prepared: [] } as const

function isExpanded(turns: readonly TurnResult[]): boolean {
  return turns.some((turn) => turn instanceof PendingOutputs)
}

/** What a node that expanded waits for; nothing for a node that did not. */
export function pendingOf({ turns }: TurnResults): {
  readonly sources: readonly Source[]
  readonly prepared: readonly Promise<void>[]
} {
  if (!isExpanded(turns)) return nothing
  const pending = turns.filter((turn) => turn instanceof PendingOutputs)
  return {
    sources: pending.flatMap((turn) => Object.values(turn.sources)),
    prepared: pending.flatMap((turn) => turn.prepared ?? []),
  }
}

/** The outputs of a node from those of its turns, once everything that it waited for is there. */
export function outputsOf(
  { definition }: PlannedNode,
  { turns, isMapped, keys }: TurnResults,
  runs: NodeRuns,
): OutputRecord | Promise<OutputRecord> {
  const [only] = turns
  // Nearly all nodes: no list, no expansion.
  if (only && !isMapped && !(only instanceof PendingOutputs) && !(only instanceof Blocked)) return only
  const settled = turns.map((turn) => settledOf(turn, runs))
  const join = (results: readonly Settled[]) => joinTurns(results, definition.outputs, isMapped, keys)
  return isAllThere(settled) ? join(settled) : Promise.all(settled.map(async (one) => await one)).then(join)
}

function settledOf(turn: TurnResult, runs: NodeRuns): Settled | Promise<Settled> {
  if (!(turn instanceof PendingOutputs)) return turn
  const names = Object.keys(turn.sources)
  const values = Object.values(turn.sources).map((source) => {
    const value = runs.outputOf(source)
    return source.coercion ? convert(source.coercion, value) : value
  })
  const record = (results: readonly unknown[]) => Object.fromEntries(names.map((name, index) => [name, results[index]]))
  return isAllThere(values) ? record(values) : Promise.all(values).then(record)
}

function isAllThere<T>(values: readonly (T | Promise<T>)[]): values is readonly T[] {
  return !values.some((value) => value instanceof Promise)
}
