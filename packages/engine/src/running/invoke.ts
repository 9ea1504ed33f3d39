import { PendingOutputs, type Turn, type TurnResult, type TurnResults } from './turn-results.ts'
import { RuntimeGraph } from './runtime-graph.ts'
import { type Arrivals, BadElement, converted, receivedByLink } from './arrivals.ts'
import { isLazy, type PlannedInput, type PlannedNode, type Source, takesList } from '../planning/planned-node.ts'
import type { Output } from '../definition/node-declaration.ts'
import { type OutputRecord, ValueList } from '../definition/flowing.ts'
import { elementAt, turnKeyOf, turnsOf } from './list-mapping.ts'
import { NodeError, shownValue } from './node-error.ts'
import type { NodeRun } from './node-run.ts'
import { Blocked } from '../definition/blocked.ts'
import { Expansion } from '../definition/run-context.ts'
import type { SocketType } from '../definition/socket-type.ts'

/** What calling nodes needs of the run around them. */
export interface InvocationHost {
  /** Runs what gives the source, for a node that waits for it. */
  ask(run: NodeRun, source: Source): Promise<unknown>
  /** Calls the node for one turn, with its time limit and new attempts. */
  attempt(run: NodeRun, turn: Turn, inputs: ReceivedInputs): unknown
  /** The outputs of a turn of a mapped node, where they are remembered. */
  recall(run: NodeRun, key: string): OutputRecord | undefined | Promise<OutputRecord | undefined>
  remember(run: NodeRun, key: string, outputs: OutputRecord): void
  /** What stands for a turn that failed; throws where the failure is one of the node. */
  excuse(run: NodeRun, turn: { readonly index: number; readonly count: number }, error: unknown): Blocked
}
export type ReceivedInputs = { readonly [name: string]: unknown }

/** Runs a node, once or for each element of what it is mapped over. A promise only when the node is asynchronous. */
export function invoke(run: NodeRun, arrived: Arrivals, host: InvocationHost): TurnResults | Promise<TurnResults> {
  return new Invocation(run, arrived, host).start()
}

const onlyTurn: Turn = { index: 0, isMapped: false }

class Invocation {
  private readonly run: NodeRun
  private readonly node: PlannedNode
  private readonly arrived: Arrivals
  private readonly host: InvocationHost
  private readonly results: TurnResult[] = []
  private readonly keys: (string | undefined)[] = []
  private turns: number
  private isMapped: boolean
  private isCalled = false
  /** Lazy inputs that were asked for; each is asked for once. */
  private asked: Map<PlannedInput, Promise<unknown>> | undefined

  constructor(run: NodeRun, arrived: Arrivals, host: InvocationHost) {
    this.run = run
    this.node = run.node
    this.arrived = arrived
    this.host = host
    const { turns, isMapped } = turnsOf(arrived.values)
    this.turns = turns
    this.isMapped = isMapped
  }

  start(): TurnResults | Promise<TurnResults> {
    for (let turn = 0; turn < this.turns; turn++) {
      const result = this.runTurn(turn)
      if (result instanceof Promise) return this.continueAfter(result, turn)
      this.results.push(result)
    }
    return this.finished()
  }

  private finished(): TurnResults {
    const { results: turns, isMapped, keys } = this
    const [first] = turns
    return { turns, isMapped, keys, ...(!this.isCalled && first instanceof Blocked && { skippedBy: first }) }
  }

  /** From the first asynchronous turn on; a loop, so that ten thousand turns are no chain of ten thousand promises. */
  private async continueAfter(first: Promise<TurnResult>, at: number): Promise<TurnResults> {
    this.results.push(await first)
    for (let turn = at + 1; turn < this.turns; turn++) this.results.push(await this.runTurn(turn))
    return this.finished()
  }

  private runTurn(turn: number): TurnResult | Promise<TurnResult> {
    const key = this.isMapped ? turnKeyOf(this.run, this.arrived.values, turn) : undefined
    this.keys[turn] = key
    const known = key === undefined ? undefined : this.host.recall(this.run, key)
    if (known instanceof Promise) return known.then((outputs) => outputs ?? this.callTurn(turn, key))
    if (!known) return this.callTurn(turn, key)
    this.isCalled = true
    return known
  }

  private callTurn(turn: number, key: string | undefined): TurnResult | Promise<TurnResult> {
    const failed = (error: unknown): Blocked => {
      if (error instanceof Blocked) return error
      return this.host.excuse(this.run, { index: turn, count: this.isMapped ? this.turns : 1 }, error)
    }
    const kept = (result: TurnResult): TurnResult => {
      if (key !== undefined && !(result instanceof Blocked) && !(result instanceof PendingOutputs))
        this.host.remember(this.run, key, result)
      return result
    }
    try {
      const inputs = this.inputsOf(turn)
      if (inputs instanceof Blocked) return inputs
      this.isCalled = true
      const result = this.host.attempt(this.run, this.isMapped ? { index: turn, isMapped: true } : onlyTurn, inputs)
      if (!(result instanceof Promise)) return kept(this.checked(result, inputs))
      return result.then((output: unknown) => kept(this.checked(output, inputs))).catch(failed)
    } catch (error) {
      return failed(error)
    }
  }

  private checked(result: unknown, inputs: ReceivedInputs): TurnResult {
    if (result instanceof Expansion) {
      checkNames(this.node, result.outputs, inputs)
      if (result.graph instanceof RuntimeGraph) return result.graph.finish(result.outputs)
      throw new NodeError('bad-output', this.node, 'it returned the expansion of another graph.')
    }
    return result instanceof Blocked ? result : checkedOutputs(this.node, result, inputs)
  }

  private inputsOf(turn: number): { [name: string]: unknown } | Blocked {
    const { definition, received, inputs: linked } = this.node
    const inputs: { [name: string]: unknown } = { ...received }
    const dynamic: { [name: string]: unknown } | undefined = definition.dynamicInputs && {}
    let index = -1
    for (const input of linked) {
      index++
      const into = input.isDynamic && dynamic ? dynamic : inputs
      const value = this.arrived.values[index]
      if (isLazy(input)) into[input.name] = () => this.ask(input, turn)
      else if (takesList(input)) into[input.name] = value
      else {
        const one = elementAt(value, turn)
        if (one instanceof Blocked) return one
        if (one instanceof BadElement) throw one.error
        into[input.name] = input.declared.kind === 'value' ? receivedByLink(this.node, input, one) : one
      }
    }
    if (dynamic) inputs['dynamic'] = dynamic
    return inputs
  }

  /** Gives a lazy input. A list in it makes the node run once more for each further element. */
  private async ask(input: PlannedInput, turn: number): Promise<unknown> {
    const [source] = input.sources
    if (!source) throw new Blocked()
    this.asked ??= new Map()
    let asked = this.asked.get(input)
    if (!asked) {
      asked = this.host.ask(this.run, source).then((value) => converted(this.node, input, source, value))
      this.asked.set(input, asked)
    }
    const value = await asked
    if (value instanceof ValueList) {
      this.turns = Math.max(this.isMapped ? this.turns : 0, value.values.length)
      this.isMapped = true
    }
    const one = value instanceof ValueList && value.values.length === 0 ? new Blocked() : elementAt(value, turn)
    // Thrown like an error, so that the node stops here; `runTurn` knows it from one.
    if (one instanceof Blocked) throw one
    return one
  }
}

function complainerOf(node: PlannedNode, inputs: ReceivedInputs) {
  return (what: string): never => {
    throw new NodeError('bad-output', node, what, { inputs })
  }
}

/** An expansion says what stands for each output, and for nothing else. */
function checkNames(node: PlannedNode, expansion: object, inputs: ReceivedInputs): void {
  const { outputs } = node.definition
  const complain = complainerOf(node, inputs)
  for (const name in expansion) if (!Object.hasOwn(outputs, name)) complain(extra(name, outputs))
  for (const name in outputs) {
    if (!Object.hasOwn(expansion, name)) complain(`its expansion does not say what stands for the output "${name}".`)
  }
}

/** The outputs that were declared and no others, each of its type. */
function checkedOutputs(node: PlannedNode, result: unknown, inputs: ReceivedInputs): OutputRecord {
  const { outputs } = node.definition
  if (typeof result !== 'object' || result === null) {
    return complainerOf(node, inputs)(`it must return its outputs (${listed(outputs)}), not ${typeof result}.`)
  }
  for (const name in result) if (!Object.hasOwn(outputs, name)) complainerOf(node, inputs)(extra(name, outputs))
  const record: { [name: string]: unknown } = {}
  for (const name in outputs) {
    const declared = outputs[name]
    const value: unknown = Reflect.get(result, name)
    if (value === undefined || !declared) return complainerOf(node, inputs)(`it did not return its output "${name}".`)
    record[name] = value instanceof Blocked ? value : checkedOutput(name, declared, value, node, inputs)
  }
  return record
}

function checkedOutput(
  name: string,
  declared: Output,
  value: unknown,
  node: PlannedNode,
  inputs: ReceivedInputs,
): unknown {
  if (!('listOf' in declared)) {
    if (declared.accepts?.(value) === false) complainerOf(node, inputs)(wrongKind(name, declared, value))
    return value
  }
  const type = declared.listOf
  if (!Array.isArray(value)) return complainerOf(node, inputs)(`output "${name}" must be a list of "${type.name}".`)
  for (const one of value) {
    if (one instanceof Blocked || type.accepts?.(one) !== false) continue
    complainerOf(node, inputs)(wrongKind(name, type, one))
  }
  return new ValueList(value)
}

function wrongKind(name: string, type: SocketType, value: unknown): string {
  return `output "${name}" must be "${type.name}", not ${JSON.stringify(shownValue(value))}.`
}

function extra(name: string, outputs: object): string {
  return `it returned "${name}", which is not one of its outputs (${listed(outputs)}).`
}

function listed(outputs: object): string {
  const names = Object.keys(outputs)
  return names.length > 0 ? names.map((name) => `"${name}"`).join(', ') : 'none'
}
