import type { Arrived } from './arriving.ts'
import { converted, isLazy, receivedByLink } from './arriving.ts'
import type { OutputRecord } from './flowing.ts'
import { ValueList } from './flowing.ts'
import { elementAt, turnsOf } from './list-mapping.ts'
import { NodeError } from './node-error.ts'
import type { PlannedInput, PlannedNode, Source } from './plan.ts'
import type { RunContext } from './run-context.ts'
import { Blocked, Expansion } from './run-context.ts'
import { socketTypeOf } from './registry.ts'

/** What the turns of a node returned; once for a node that is not mapped over a list. */
export interface Invoked {
  readonly turns: readonly TurnResult[]
  readonly isMapped: boolean
}
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

/** What calling a node needs of the run around it. */
export interface Surroundings {
  /** Runs what gives the source, and gives its value. */
  ask(source: Source): Promise<unknown>
  /** Calls `run` for one turn, with its time limit and new attempts. */
  attempt(call: (context: RunContext) => unknown, turn: number, inputs: { readonly [name: string]: unknown }): unknown
  /** What the outputs of an expansion will be. */
  finish(expansion: Expansion): PendingOutputs
}

/** Runs a node, once or for each element of what it is mapped over. A promise only when the node is asynchronous. */
export function invoke(node: PlannedNode, arrived: Arrived, surroundings: Surroundings): Invoked | Promise<Invoked> {
  const { turns, isMapped } = turnsOf(arrived.single.values())
  const state = { turns, isMapped }
  const later = new LazyInputs(node, surroundings, state)
  const results: TurnResult[] = []
  const runTurn = (turn: number): TurnResult | Promise<TurnResult> => {
    const inputs = inputsOf(node, arrived, turn, later)
    if (inputs instanceof Blocked) return inputs
    const call = (context: RunContext) => node.definition.run(inputs as never, context)
    const result = surroundings.attempt(call, turn, inputs)
    if (!(result instanceof Promise)) return checked(node, result, inputs, surroundings)
    return result.then((known: unknown) => checked(node, known, inputs, surroundings))
  }
  const runFrom = (first: number): Invoked | Promise<Invoked> => {
    for (let turn = first; turn < state.turns; turn += 1) {
      const result = runTurn(turn)
      if (result instanceof Promise) return continueAfter(result, turn)
      results.push(result)
    }
    return { turns: results, isMapped: state.isMapped }
  }
  /** From the first asynchronous turn on; a loop, so that ten thousand turns are no chain of ten thousand promises. */
  const continueAfter = async (first: Promise<TurnResult>, at: number): Promise<Invoked> => {
    results.push(await first)
    for (let turn = at + 1; turn < state.turns; turn += 1) results.push(await runTurn(turn))
    return { turns: results, isMapped: state.isMapped }
  }
  return runFrom(0)
}

function inputsOf(
  node: PlannedNode,
  arrived: Arrived,
  turn: number,
  later: LazyInputs,
): { [name: string]: unknown } | Blocked {
  const inputs: { [name: string]: unknown } = { ...node.received }
  let dynamic: { [name: string]: unknown } | undefined = node.definition.dynamicInputs ? {} : undefined
  const put = ({ name, isDynamic }: PlannedInput, value: unknown) => {
    if (isDynamic) (dynamic ??= {})[name] = value
    else inputs[name] = value
  }
  for (const [input, value] of arrived.single) {
    const one = elementAt(value, turn)
    if (one instanceof Blocked) return one
    put(input, input.declared.kind === 'value' ? receivedByLink(node, input, one) : one)
  }
  for (const [input, values] of arrived.lists) put(input, values)
  for (const input of node.inputs) if (isLazy(input)) put(input, () => later.valueOf(input, turn))
  for (const name in node.definition.inputs) {
    const declared = node.definition.inputs[name]
    if (declared?.kind === 'link' && declared.list && !(name in inputs)) inputs[name] = []
  }
  if (dynamic) inputs['dynamic'] = dynamic
  return inputs
}

/** Inputs that are asked for while running, each at most once. A list makes the node run once more for each further element. */
class LazyInputs {
  private readonly asked = new Map<PlannedInput, Promise<unknown>>()
  private readonly node: PlannedNode
  private readonly surroundings: Surroundings
  private readonly state: { turns: number; isMapped: boolean }

  constructor(node: PlannedNode, surroundings: Surroundings, state: { turns: number; isMapped: boolean }) {
    this.node = node
    this.surroundings = surroundings
    this.state = state
  }

  async valueOf(input: PlannedInput, turn: number): Promise<unknown> {
    let asked = this.asked.get(input)
    if (!asked) {
      const [source] = input.sources
      if (!source) throw new Blocked()
      asked = this.surroundings.ask(source).then((value) => converted(this.node, input, source, value))
      this.asked.set(input, asked)
    }
    const value = await asked
    if (value instanceof ValueList) {
      if (!this.state.isMapped) this.state.turns = 0
      this.state.isMapped = true
      this.state.turns = Math.max(this.state.turns, value.values.length)
    }
    const one = value instanceof ValueList && value.values.length === 0 ? new Blocked() : elementAt(value, turn)
    // Thrown like an error, so that the node stops here; the run knows it from one.
    if (one instanceof Blocked) throw one
    return one
  }
}

/** The outputs that were declared and no others, each of its type. */
function checked(
  node: PlannedNode,
  result: unknown,
  inputs: object,
  { finish }: Pick<Surroundings, 'finish'>,
): TurnResult {
  if (result instanceof Blocked) return result
  const { outputs } = node.definition
  const complain = (what: string): never => {
    throw new NodeError('bad-output', node, what, { inputs: { ...inputs } })
  }
  const given = result instanceof Expansion ? result.outputs : result
  if (typeof given !== 'object' || given === null)
    return complain(`it must return its outputs (${listed(outputs)}), not ${typeof given}.`)
  for (const name in given)
    if (!Object.hasOwn(outputs, name))
      complain(`it returned "${name}", which is not one of its outputs (${listed(outputs)}).`)
  if (result instanceof Expansion) {
    for (const name in outputs)
      if (!Object.hasOwn(given, name)) complain(`its expansion does not say what stands for the output "${name}".`)
    return finish(result)
  }
  const record: { [name: string]: unknown } = {}
  for (const name in outputs) {
    const declared = outputs[name]
    const value = (given as { readonly [output: string]: unknown })[name]
    if (value === undefined) complain(`it did not return its output "${name}".`)
    if (!declared || value instanceof Blocked) {
      record[name] = value
      continue
    }
    const type = socketTypeOf(declared)
    const isList = 'listOf' in declared
    if (isList && !Array.isArray(value)) complain(`output "${name}" must be a list of "${type.name}".`)
    if (type.accepts) {
      const wrong = (isList ? (value as readonly unknown[]) : [value]).find(
        (one) => !(one instanceof Blocked) && !type.accepts?.(one),
      )
      if (wrong !== undefined) complain(`output "${name}" must be "${type.name}", not ${typeof wrong}.`)
    }
    record[name] = isList ? new ValueList(value as readonly unknown[]) : value
  }
  return record
}

function listed(outputs: object): string {
  const names = Object.keys(outputs)
  return names.length > 0 ? names.map((name) => `"${name}"`).join(', ') : 'none'
}
