import { isLazy, type PlannedInput, type PlannedNode, type Source, takesList } from '../planning/planned-node.ts'
import { plainValue, ValueList } from '../definition/flowing.ts'
import type { Input } from '../definition/input.ts'
import { NodeError } from './node-error.ts'
import type { NodeRuns } from './node-runs.ts'
import { type Coercion, socketTypeOf } from '../definition/registry.ts'
import { Blocked, Failed } from '../definition/blocked.ts'
import { AnyType } from '../definition/socket-type.ts'

/** What has arrived at the inputs that a node does not ask for later. */
export interface Arrivals {
  /**
   * In the order of the node's inputs: of one that takes a single value that value, a `ValueList` when there are
   * several; of one that takes lists all of them in an array; of a lazy one nothing.
   */
  readonly values: readonly unknown[]
  /** Set when the node cannot run. */
  readonly blocked: Blocked | undefined
}

/** Collects and converts what the sources of a node give; a promise only when a conversion is asynchronous. */
export function collect(node: PlannedNode, runs: NodeRuns): Arrivals | Promise<Arrivals> {
  const values: unknown[] = []
  let isLater = false
  for (const input of node.inputs) {
    const value = isLazy(input) ? undefined : valueAt(node, input, runs)
    isLater ||= value instanceof Promise
    values.push(value)
  }
  return isLater ? Promise.all(values).then((results) => arrivedAt(node, results)) : arrivedAt(node, values)
}

function valueAt(node: PlannedNode, input: PlannedInput, runs: NodeRuns): unknown {
  const [first] = input.sources
  if (!takesList(input)) return first && converted(node, input, first, runs.outputOf(first))
  const values = input.sources.map((source) => converted(node, input, source, runs.outputOf(source)))
  return values.some((value) => value instanceof Promise) ? Promise.all(values).then(joined) : joined(values)
}

function joined(values: readonly unknown[]): readonly unknown[] {
  return values.flatMap((value) => (value instanceof ValueList ? value.values : [value]))
}

function arrivedAt({ inputs }: PlannedNode, values: unknown[]): Arrivals {
  let blocked: Blocked | undefined
  let index = -1
  for (const input of inputs) {
    index++
    const value = values[index]
    if (value instanceof Failed) blocked = value
    else if (value instanceof Blocked) blocked ??= value
    if (!takesList(input) || !Array.isArray(value)) continue
    const failed: unknown = value.find((one) => one instanceof Failed)
    if (failed instanceof Failed) blocked = failed
    // What was blocked is left out of a list; a list that is nothing else blocks like a single value.
    const there = value.filter((one) => !(one instanceof Blocked))
    if (value.length > 0 && there.length === 0 && !isOptional(input.declared)) blocked ??= new Blocked()
    values[index] = there
  }
  return { values, blocked }
}

function isOptional(declared: Input): boolean {
  return declared.kind === 'link' && declared.optional
}

/** Converts what a source gives, and checks what the types of the link could not promise. */
export function converted(node: PlannedNode, input: PlannedInput, source: Source, value: unknown): unknown {
  const { coercion } = source
  if (coercion) {
    const what = `input "${input.name}" could not be converted from what is linked to it.`
    const fail = (cause: unknown): never => {
      throw new NodeError('bad-input', node, what, { cause, inputs: { [input.name]: plainValue(value) } })
    }
    // The node is called for each element, and learns of one that is bad when its turn comes.
    if (value instanceof ValueList && !takesList(input)) {
      return convert(coercion, value, (one, cause) => {
        return new BadElement(new NodeError('bad-input', node, what, { cause, inputs: { [input.name]: one } }))
      })
    }
    try {
      const result = convert(coercion, value)
      return result instanceof Promise ? result.catch(fail) : result
    } catch (error) {
      return fail(error)
    }
  }
  const declared = source.node.definition.outputs[source.output]
  if (declared && socketTypeOf(declared).name === AnyType.name) {
    const check = (one: unknown): NodeError | undefined => wrongKind(node, input, source, one)
    if (value instanceof ValueList && !takesList(input)) {
      const wrong = value.values.map(check)
      if (wrong.every((error) => error === undefined)) return value
      return new ValueList(value.values.map((one, index) => (wrong[index] ? new BadElement(wrong[index]) : one)))
    }
    for (const one of value instanceof ValueList ? value.values : [value]) {
      const wrong = check(one)
      if (wrong) throw wrong
    }
  }
  return value
}

/**
 * Converts a value, or each of a list; what is blocked stays so. A promise only when the conversion is asynchronous.
 * `onBad` gives what stands for an element of a list that cannot be converted.
 */
export function convert(
  coercion: Coercion,
  value: unknown,
  onBad?: (one: unknown, cause: unknown) => unknown,
): unknown {
  const convertOne = (one: unknown): unknown => (one instanceof Blocked ? one : coercion.convert(one))
  if (!(value instanceof ValueList)) return convertOne(value)
  const keys = value.values.map((_, index) => {
    const key = value.keyAt(index)
    return key === undefined ? undefined : `${key}>${coercion.to.name}`
  })
  const all = value.values.map((one) => {
    if (!onBad) return convertOne(one)
    try {
      const result = convertOne(one)
      return result instanceof Promise ? result.catch((cause: unknown) => onBad(one, cause)) : result
    } catch (cause) {
      return onBad(one, cause)
    }
  })
  return all.some((one) => one instanceof Promise)
    ? Promise.all(all).then((results) => new ValueList(results, keys))
    : new ValueList(all, keys)
}

/** Stands for an element of a list that does not fit the input: the turn that it is for fails. */
export class BadElement {
  readonly error: NodeError
  constructor(error: NodeError) {
    this.error = error
  }
}

/** An output of any type promises nothing: what it gives is checked where it arrives, by the types that can. */
function wrongKind(node: PlannedNode, input: PlannedInput, source: Source, value: unknown): NodeError | undefined {
  const { types } = input.declared
  if (value instanceof Blocked || types.length === 0) return undefined
  if (types.some((type) => !type.accepts || type.accepts(value))) return undefined
  const wanted = types.map(({ name }) => `"${name}"`).join(' or ')
  const what = `input "${input.name}" takes ${wanted}, but output "${source.output}" of node ${source.node.id} gave something else.`
  return new NodeError('bad-input', node, what, { inputs: { [input.name]: value } })
}

/** What `run` receives for a value input that is linked: checked like a literal. */
export function receivedByLink(node: PlannedNode, { name, declared }: PlannedInput, value: unknown): unknown {
  if (declared.kind !== 'value') return value
  const literal = declared.linkedAsJson === true && typeof value === 'string' ? parsedJson(node, name, value) : value
  const [issue] = node.registered.checkValue(name, literal)
  if (issue)
    throw new NodeError('bad-input', node, `"${name}" ${issue.message}, which came by its link.`, {
      inputs: { [name]: value },
    })
  return declared.receive ? declared.receive(literal) : literal
}

function parsedJson(node: PlannedNode, name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new NodeError('bad-input', node, `the text that is linked to "${name}" is not JSON.`, {
      cause,
      inputs: { [name]: text },
    })
  }
}
