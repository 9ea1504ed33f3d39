import { type OutputRecord, ValueList } from '../definition/flowing.ts'
import { Blocked } from '../definition/blocked.ts'
import type { Outputs } from '../definition/node-declaration.ts'

/** The element that the i-th turn of a mapped node sees: shorter lists repeat their last. */
export function elementAt(value: unknown, index: number): unknown {
  if (!(value instanceof ValueList)) return value
  return value.values[Math.min(index, value.values.length - 1)]
}

/** How often a node runs: once, or for each element of the longest list that its one-at-a-time inputs receive. */
export function turnsOf(values: Iterable<unknown>): { readonly turns: number; readonly isMapped: boolean } {
  let turns = 0
  let isMapped = false
  let isEmpty = false
  for (const value of values) {
    if (!(value instanceof ValueList)) continue
    isMapped = true
    if (value.values.length === 0) isEmpty = true
    turns = Math.max(turns, value.values.length)
  }
  if (isEmpty) return { turns: 0, isMapped }
  return { turns: isMapped ? turns : 1, isMapped }
}

/** The outputs of a node from those of its turns: as they are when it ran once, else as lists, whole lists joined. */
export function joinTurns(
  turns: readonly (OutputRecord | Blocked)[],
  outputs: Outputs,
  isMapped: boolean,
): OutputRecord {
  const [only] = turns
  if (!isMapped && only && !(only instanceof Blocked)) return only
  const joined: Record<string, unknown> = {}
  for (const name in outputs) {
    const declared = outputs[name]
    const isList = declared !== undefined && 'listOf' in declared
    const values: unknown[] = []
    for (const turn of turns) {
      const value = turn instanceof Blocked ? turn : turn[name]
      if (isList && value instanceof ValueList) for (const one of value.values) values.push(one)
      else values.push(value)
    }
    joined[name] = isMapped ? new ValueList(values) : values[0]
  }
  return joined
}
