import type { Input, LinkInput } from './input.ts'
import type { ListOutput, SocketType } from './socket-type.ts'

export type Inputs = { readonly [name: string]: Input }
export type Output = SocketType | ListOutput
export type Outputs = { readonly [name: string]: Output }

/**
 * Inputs that a definition takes without declaring each: links by any other name, at least `min` and at most `max` of
 * them.
 */
export interface DynamicInputs<Each extends LinkInput = LinkInput> {
  readonly each: Each
  readonly min?: number
  readonly max?: number
}

export const lanes = ['cpu', 'gpu', 'io'] as const
/** What a node mostly waits for; each lane runs only so many nodes at the same time. */
export type Lane = (typeof lanes)[number]

/** What a node is from outside: all that a document, a builder and an editor need of its definition. */
export interface NodeDeclaration<
  I extends Inputs = Inputs,
  O extends Outputs = Outputs,
  D extends DynamicInputs | undefined = DynamicInputs | undefined,
> {
  /** The name in documents; PascalCase, unique in a registry, never changed. */
  readonly type: string
  /** A whole number from 1; rises when the meaning of an input changes, with a step in `migrate`. */
  readonly version: number
  readonly label?: string
  /** Slash-separated, e.g. `image/transform`. */
  readonly category?: string
  readonly description?: string
  /** Other names people search by. */
  readonly aliases?: readonly string[]
  readonly inputs: I
  readonly outputs: O
  readonly dynamicInputs?: D
  /**
   * Outputs of any type that give on what these inputs receive, so that a link behind them is checked against the
   * types that really come: `{ value: ['whenTrue', 'whenFalse'] }`.
   */
  readonly passesOn?: { readonly [output: string]: readonly (keyof I & string)[] }
  /** Has an effect outside the graph: it is a root of runs, and is never reused. */
  readonly sideEffect?: boolean
  /** Default `cpu`. */
  readonly lane?: Lane
  readonly deprecated?: string
  readonly experimental?: boolean
}
