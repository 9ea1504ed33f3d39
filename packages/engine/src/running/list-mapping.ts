import { type OutputRecord, ValueList } from '../definition/flowing.ts'
import { digest } from '../planning/fingerprint.ts'
import { isLazy, takesList } from '../planning/planned-node.ts'
import type { NodeRun } from './node-run.ts'
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

/**
 * The outputs of a node from those of its turns: as they are when it ran once, else as lists, whole lists joined.
 * `keys` say what each turn depends on.
 */
export function joinTurns(
  turns: readonly (OutputRecord | Blocked)[],
  outputs: Outputs,
  isMapped: boolean,
  turnKeys: readonly (string | undefined)[] = [],
): OutputRecord {
  const [only] = turns
  if (!isMapped && only && !(only instanceof Blocked)) return only
  const joined: Record<string, unknown> = {}
  for (const name in outputs) {
    const declared = outputs[name]
    const isList = declared !== undefined && 'listOf' in declared
    const values: unknown[] = []
    const keys: (string | undefined)[] = []
    for (const [index, turn] of turns.entries()) {
      const value = turn instanceof Blocked ? turn : turn[name]
      const key = turnKeys[index]
      for (const [at, one] of (isList && value instanceof ValueList ? value.values : [value]).entries()) {
        values.push(one)
        keys.push(key === undefined ? undefined : `${key}.${name}[${at}]`)
      }
    }
    joined[name] = isMapped ? new ValueList(values, keys) : values[0]
  }
  return joined
}

/**
 * What the result of one turn of a mapped node depends on: the same as the fingerprint of the node, with the elements
 * of this turn in the place of the lists, wherever in them they stand. Undefined where that is not known.
 */
export function turnKeyOf({ node, parts }: NodeRun, values: readonly unknown[], turn: number): string | undefined {
  if (!parts) return undefined
  const links: string[] = []
  for (const [index, input] of node.inputs.entries()) {
    // What is asked for later may be a list too, of which each turn sees another element.
    if (isLazy(input)) return undefined
    const value = values[index]
    if (!(value instanceof ValueList) || takesList(input)) {
      links.push(parts.links[index] ?? '')
      continue
    }
    const key = value.keyAt(Math.min(turn, value.values.length - 1))
    if (key === undefined) return undefined
    links.push(`${input.name}: ${key}`)
  }
  return digest(
    `turn of ${parts.type}@${parts.version}\n${JSON.stringify(parts.values)}\n${parts.own}\n${links.join('\n')}`,
  )
}
