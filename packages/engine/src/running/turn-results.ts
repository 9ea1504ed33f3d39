import type { Blocked } from '../definition/blocked.ts'
import type { OutputRecord } from '../definition/flowing.ts'
import type { Source } from '../planning/planned-node.ts'

/** What the turns of a node returned; once for a node that is not mapped over a list. */
export interface TurnResults {
  readonly turns: readonly TurnResult[]
  readonly isMapped: boolean
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
