import type { SocketType } from './socket-type.ts'
import { GraphBuilder, type OutputRef, type RefOf } from './workflow-builder.ts'
import { type JsonValue, type NodeId, subWorkflowPrefix } from '../workflow/index.ts'

/** What feeds the inputs of a graph made at run time, beside its own nodes. */
export type LiveSource =
  | { readonly type: 'input'; readonly input: string }
  | { readonly type: 'element'; readonly input: string; readonly index: number }
  | { readonly type: 'value'; readonly ordinal: number; readonly value: unknown }

/**
 * A graph that a node makes while it runs; loops are made of it. Links from `input` and `element` carry the fingerprint
 * of what feeds the node, so the first turns of a loop are reused when it is made longer.
 */
export abstract class SubgraphBuilder extends GraphBuilder {
  /** By the name that stands in links. */
  protected readonly live = new Map<string, LiveSource>()

  /** What feeds an input of this node, as it is (a list as the whole list). */
  input(name: string): OutputRef<never> {
    return this.liveRef(name, { type: 'input', input: name })
  }

  /** One element of what a list input of this node receives. */
  element(name: string, index: number): OutputRef<never> {
    return this.liveRef(`${name}[${index}]`, { type: 'element', input: name, index })
  }

  /** A value that this node has computed. */
  value<T extends SocketType>(_type: T, value: unknown): RefOf<T> {
    const ordinal = this.live.size
    // The type is given by the caller; what arrives is checked where it arrives.
    return this.liveRef(`=${ordinal}`, { type: 'value', ordinal, value }) as RefOf<T>
  }

  /** Adds a sub-workflow of the document by name, e.g. the body of a loop. */
  useByName(
    workflow: string,
    inputs: { readonly [name: string]: OutputRef | readonly OutputRef[] | JsonValue },
    options: { readonly id?: NodeId } = {},
  ): { readonly id: NodeId; output(name: string): OutputRef<never> } {
    return this.addByName(subWorkflowPrefix + workflow, 1, inputs, options)
  }

  /** Outputs together as one list, in order; lists among them are joined. */
  abstract list(outputs: readonly OutputRef[]): OutputRef<never>

  /**
   * Runs what the output needs and gives its value (an array when it is a list). The node keeps no lane while it waits.
   */
  abstract evaluate<Value>(output: OutputRef, type: SocketType<string, Value>): Promise<Value>

  /** Names of the inputs and outputs of a sub-workflow of the document; undefined when there is none of that name. */
  abstract socketsOf(
    workflow: string,
  ): { readonly inputs: readonly string[]; readonly outputs: readonly string[] } | undefined

  private liveRef(name: string, source: LiveSource): OutputRef<never> {
    this.live.set(name, source)
    return { link: { input: name } }
  }
}
