import { isFloatDType, type DType } from '../tensor/dtype.ts'
import { int64 } from '../tensor/tensor.ts'
import { int, type Attributes } from './attribute.ts'
import { GraphError } from './graph-error.ts'
import { showValue, type Graph, type Operand, type Value } from './graph.ts'
import { isStaticShape, unifyDims, type Dim, type Shape } from './shape.ts'
/** The domain of ONNX Runtime's own operators. */
export const microsoft = 'com.microsoft'

/** A call of an operator that is being checked: knows how to say what is wrong with it. */
export interface Call {
  readonly opType: string
  /** Operands by the names the ONNX specification gives them, in order. */
  readonly operands: Readonly<Record<string, Value | undefined>>
}

/** Throws what was expected and got, with operator, place and operands. */
export function reject({ opType, operands }: Call, problem: string): never {
  const entries = Object.entries(operands).flatMap(([name, value]) => (value ? [{ name, value }] : []))
  const place = entries[0]?.value.graph.scopeName
  const list = entries.map(({ name, value }) => `${name} = ${showValue(value)}`).join(', ')
  throw new GraphError(`${opType}${place ? ` in ${place}` : ''}: ${problem} (${list})`)
}

export function graphOf({ opType, operands }: Call): Graph {
  const first = Object.values(operands).find((value) => value !== undefined)
  if (!first) throw new GraphError(`${opType} needs at least one operand that is a value of a graph`)
  return first.graph
}

/** Adds a node that gives one value. */
export function emit(
  call: Call,
  output: { readonly dtype: DType; readonly shape: Shape },
  attributes: Attributes = {},
  domain = '',
): Value {
  const [value] = emitMany(call, [output], attributes, domain)
  if (!value) throw new GraphError(`${call.opType} gives one value`)
  return value
}

/** Adds a node that gives several values. */
export function emitMany(
  call: Call,
  outputs: readonly { readonly dtype: DType; readonly shape: Shape }[],
  attributes: Attributes = {},
  domain = '',
): readonly Value[] {
  const inputs = Object.values(call.operands)
  while (inputs.length > 0 && inputs.at(-1) === undefined) inputs.pop()
  return graphOf(call).add({ opType: call.opType, domain, inputs, outputs, attributes })
}

/** Both operands as values; a number becomes a constant of the other's dtype. */
export function operands(opType: string, a: Operand, b: Operand): readonly [Value, Value] {
  if (typeof a !== 'number') return [a, typeof b === 'number' ? a.graph.scalar(a.dtype, b) : b]
  if (typeof b !== 'number') return [b.graph.scalar(b.dtype, a), b]
  throw new GraphError(`${opType}(${a}, ${b}): at least one operand must be a value of a graph`)
}

export function requireSameDType(call: Call): DType {
  const [first, ...rest] = Object.values(call.operands).filter((value) => value !== undefined)
  if (!first) throw new GraphError(`${call.opType} needs an operand`)
  const other = rest.find(({ dtype }) => dtype !== first.dtype)
  if (other) reject(call, `expected operands of one dtype, got ${first.dtype} and ${other.dtype}`)
  return first.dtype
}

export function requireFloat(call: Call, value: Value): void {
  if (!isFloatDType(value.dtype)) reject(call, `expected a floating-point operand, got ${value.dtype}`)
}

export function requireRank(call: Call, name: string, ...ranks: readonly number[]): void {
  const value = call.operands[name]
  if (value && !ranks.includes(value.shape.length)) {
    reject(call, `expected ${name} of rank ${ranks.join(' or ')}, got rank ${value.shape.length}`)
  }
}

/** The one dimension both stand for; throws with the words of `what` where they differ. */
export function requireEqualDims(call: Call, what: string, expected: Dim, got: Dim): Dim {
  return unifyDims(expected, got) ?? reject(call, `expected ${what} to be ${expected}, got ${got}`)
}

/** An axis counted from the front; throws where it is out of range. */
export function requireAxis(call: Call, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank) {
    reject(call, `expected an axis from ${-rank} to ${rank - 1}, got ${axis}`)
  }
  return positive
}

/** A dimension of a value; `axis` counts from the end where negative. */
export function dimOf(value: Value, axis: number): Dim {
  const dim = value.shape.at(axis)
  if (dim === undefined) throw new GraphError(`${showValue(value)} has no axis ${axis}`)
  return dim
}

/** A dimension that must be known while building, such as a channel count. */
export function staticDimOf(value: Value, axis: number): number {
  const dim = dimOf(value, axis)
  if (typeof dim === 'number') return dim
  throw new GraphError(`Axis ${axis} of ${showValue(value)} must be known while the graph is built, got "${dim}"`)
}

/** A shape as an int64 vector: a constant, or put together at run time where a dimension is symbolic. */
export function shapeValue(graph: Graph, shape: Shape): Value {
  if (isStaticShape(shape)) return graph.constant(int64([shape.length], shape))
  const inputs = shape.map((dim) => graph.dimValue(dim))
  const outputs = [{ dtype: 'int64', shape: [shape.length] }] as const
  const [value] = graph.add({ opType: 'Concat', inputs, outputs, attributes: { axis: int(0) } })
  if (!value) throw new GraphError('Concat gives one value')
  return value
}

/** An int64 vector constant. */
export function intVector(graph: Graph, numbers: readonly number[]): Value {
  return graph.constant(int64([numbers.length], numbers))
}
