import { Blocked, Failed } from '../definition/blocked.ts'
import { type OutputRecord, ValueList } from '../definition/flowing.ts'
import type { Outputs } from '../definition/node-declaration.ts'
import type { Source } from '../planning/planned-node.ts'

/** What the turns of a node returned; once for a node that is not mapped over a list. */
export interface TurnResults {
  readonly turns: readonly TurnResult[]
  readonly isMapped: boolean
  /** Of a node that is mapped, what each turn depends on, where that is known. */
  readonly keys?: readonly (string | undefined)[]
  /** Set when no turn was called, since what the node needs was blocked. */
  readonly skippedBy?: Blocked
}

/** What one turn of a node returned. */
export type TurnResult = OutputRecord | Blocked | PendingOutputs

/** Outputs that nodes of an expansion will give. */
export class PendingOutputs {
  readonly sources: { readonly [output: string]: Source }
  /** Before this, the nodes cannot be asked for. */
  readonly prepared: Promise<void> | undefined

  constructor(sources: { readonly [output: string]: Source }, prepared: Promise<void> | undefined) {
    this.sources = sources
    this.prepared = prepared
  }
}

/** One call of a node: the how manieth, and whether it is called for each element of a list. */
export interface Turn {
  readonly index: number
  readonly isMapped: boolean
}

/** What a node that could not run stands for. Only the first node behind a block tells its reason. */
export function skippedBy(blocked: Blocked): TurnResults {
  return { turns: [blocked instanceof Failed ? blocked : new Blocked()], isMapped: false, skippedBy: blocked }
}

/** What stands for the outputs of a node that failed, or that needs one that did. */
export function failedOutputs(outputs: Outputs): OutputRecord {
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, new Failed()]))
}

/** Whether a turn, or something that an output is made of, failed. */
export function hasFailed({ turns }: TurnResults, outputs: OutputRecord): boolean {
  return turns.some((turn) => turn instanceof Failed) || Object.values(outputs).some(isFailed)
}

function isFailed(value: unknown): boolean {
  return value instanceof ValueList ? value.values.some(isFailed) : value instanceof Failed
}

/** Whether outputs hold nothing but blocked values. An empty list is something, and so is having no outputs. */
export function isAllBlocked(outputs: OutputRecord): boolean {
  const values = Object.values(outputs)
  return values.length > 0 && values.every(isBlocked)
}

function isBlocked(value: unknown): boolean {
  return value instanceof ValueList
    ? value.values.length > 0 && value.values.every(isBlocked)
    : value instanceof Blocked
}

/** The blocked values in outputs; of a list those of its elements. */
export function blockedIn(outputs: OutputRecord): readonly Blocked[] {
  const blocked: Blocked[] = []
  for (const name in outputs) {
    const value = outputs[name]
    if (value instanceof Blocked) blocked.push(value)
    else if (value instanceof ValueList) for (const one of value.values) if (one instanceof Blocked) blocked.push(one)
  }
  return blocked
}
