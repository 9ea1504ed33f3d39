import { elementCountOf, type DType } from '../tensor/dtype.ts'
import { bytesOf, int64, type AnyTensor } from '../tensor/tensor.ts'
import { int, type Attributes } from './attribute.ts'
import { GraphError } from './graph-error.ts'
import { scalarTensor } from './scalar.ts'
import { shapesMatch, showShape, type Dim, type Shape } from './shape.ts'

/** A symbolic tensor: what an input, a parameter, a constant or an operator will hold when the graph runs. */
export interface Value {
  readonly graph: Graph
  readonly name: string
  readonly dtype: DType
  readonly shape: Shape
  /** The node that computes it; absent for inputs, parameters and constants. */
  readonly producer?: GraphNode
}

/** One operator in a graph. An `undefined` input is an optional one that is not given. */
export interface GraphNode {
  readonly name: string
  readonly opType: string
  /** Empty for the operators of ONNX itself. */
  readonly domain: string
  readonly inputs: readonly (Value | undefined)[]
  readonly outputs: readonly Value[]
  readonly attributes: Attributes
}

/** What an operator takes: a value, or a number that becomes a constant of the other operand's dtype. */
export type Operand = Value | number

/** `"conv_in.weight" float32 [320, 4, 3, 3]` */
export function showValue(value: Value): string {
  return `"${value.name}" ${value.dtype} ${showShape(value.shape)}`
}

export interface NodeDescription {
  readonly opType: string
  readonly domain?: string
  readonly inputs: readonly (Value | undefined)[]
  readonly outputs: readonly { readonly dtype: DType; readonly shape: Shape }[]
  readonly attributes?: Attributes
}

export interface CustomGradient {
  readonly inputs: readonly Value[]
  readonly rule: (gradient: Value) => readonly (Value | undefined)[]
}

/** Constants up to this many bytes are made once when their content is the same. */
const sharedConstantBytes = 256

/**
 * A graph of ONNX operators while it is being built. The functions of `ops` add to the graph of their operands, so a
 * graph is mostly seen when it is begun (`input`, `parameter`) and finished (`output`).
 */
export class Graph {
  readonly #inputs = new Map<string, Value>()
  readonly #parameters = new Map<string, Value>()
  readonly #constants = new Map<Value, AnyTensor>()
  readonly #outputs = new Map<string, Value>()
  readonly #nodes: GraphNode[] = []
  readonly #smallConstants = new Map<string, Value>()
  readonly #keyedConstants = new Map<string, Value>()
  readonly #customGradients = new Map<Value, CustomGradient>()
  readonly #dimSources = new Map<string, { readonly value: Value; readonly axis: number }>()
  readonly #dimValues = new Map<string, Value>()
  readonly #counts = new Map<string, number>()
  #scope: readonly string[] = []
  #opset: number

  constructor({ opset = 21 }: { readonly opset?: number } = {}) {
    this.#opset = opset
  }

  get inputs(): readonly Value[] {
    return [...this.#inputs.values()]
  }

  get parameters(): readonly Value[] {
    return [...this.#parameters.values()]
  }

  get outputs(): ReadonlyMap<string, Value> {
    return this.#outputs
  }

  get nodes(): readonly GraphNode[] {
    return this.#nodes
  }

  /** The version of the ONNX operator set the graph is written for. */
  get opset(): number {
    return this.#opset
  }

  /** Raises the operator set to at least `version`, for an operator that needs it. */
  requireOpset(version: number): void {
    this.#opset = Math.max(this.#opset, version)
  }

  /** What is fed at each run. A symbolic dimension such as `'batch'` is known only then. */
  input(name: string, dtype: DType, shape: Shape): Value {
    this.#claim(name, 'an input')
    const value = this.#value({ name, dtype, shape })
    this.#inputs.set(name, value)
    return value
  }

  /**
   * A weight, by the name it has in a state dict. Where its values come from is decided when the graph is serialised.
   * Asking again for the same name gives the same value (tied weights), and throws where dtype or shape differ.
   */
  parameter(name: string, dtype: DType, shape: readonly number[]): Value {
    const known = this.#parameters.get(name)
    if (known) {
      if (known.dtype === dtype && shapesMatch(known.shape, shape) && known.shape.length === shape.length) return known
      throw new GraphError(`Parameter ${showValue(known)} is asked for again as ${dtype} ${showShape(shape)}`)
    }
    this.#claim(name, 'a parameter')
    const value = this.#value({ name, dtype, shape })
    this.#parameters.set(name, value)
    return value
  }

  /** A tensor known now. */
  constant(tensor: AnyTensor, name?: string): Value {
    const small = name === undefined && tensor.data.byteLength <= sharedConstantBytes
    const key = small ? `${tensor.dtype}|${tensor.shape.join()}|${Buffer.from(bytesOf(tensor)).toString('latin1')}` : ''
    const known = small ? this.#smallConstants.get(key) : undefined
    if (known) return known
    const value = this.#value({ name: this.#uniqueName(name ?? 'constant'), dtype: tensor.dtype, shape: tensor.shape })
    this.#constants.set(value, tensor)
    if (small) this.#smallConstants.set(key, value)
    return value
  }

  /** The constant that `make` gives, made once for each key: for large tables that several layers need. */
  sharedConstant(key: string, make: () => AnyTensor): Value {
    const known = this.#keyedConstants.get(key)
    if (known) return known
    const value = this.constant(make(), key)
    this.#keyedConstants.set(key, value)
    return value
  }

  /**
   * Says how `value` is differentiated with respect to `inputs`, in place of the rules of the operators between them.
   * `rule` gets the gradient of `value` and gives those of the inputs.
   */
  defineGradient(value: Value, inputs: readonly Value[], rule: CustomGradient['rule']): Value {
    this.#customGradients.set(value, { inputs, rule })
    return value
  }

  customGradientOf(value: Value): CustomGradient | undefined {
    return this.#customGradients.get(value)
  }

  /** A constant of rank 0. */
  scalar(dtype: DType, number: number): Value {
    return this.constant(scalarTensor(dtype, number))
  }

  /** The tensor of a constant, or undefined where the value is none. */
  constantOf(value: Value): AnyTensor | undefined {
    return this.#constants.get(value)
  }

  isParameter(value: Value): boolean {
    return this.#parameters.get(value.name) === value
  }

  isInput(value: Value): boolean {
    return this.#inputs.get(value.name) === value
  }

  /** Names a result of the graph. */
  output(name: string, value: Value): Value {
    if (value.graph !== this) throw new GraphError(`Output "${name}": ${showValue(value)} belongs to another graph`)
    if (this.#outputs.has(name)) throw new GraphError(`The graph already has an output "${name}"`)
    this.#claim(name, 'an output')
    this.#outputs.set(name, value)
    return value
  }

  /** Adds an operator. The functions of `ops` call this once they have inferred what it gives. */
  add({ opType, domain = '', inputs, outputs, attributes = {} }: NodeDescription): readonly Value[] {
    const foreign = inputs.find((input) => input && input.graph !== this)
    if (foreign) throw new GraphError(`${opType}: operand ${showValue(foreign)} belongs to another graph`)
    const name = this.#uniqueName([...this.#scope, opType].join('/'))
    const node = { name, opType, domain, inputs, attributes, outputs: [] as Value[] }
    for (const [index, { dtype, shape }] of outputs.entries()) {
      node.outputs.push(this.#value({ name: index === 0 ? name : `${name}:${index}`, dtype, shape, producer: node }))
    }
    this.#nodes.push(node)
    return node.outputs
  }

  /** Names the nodes that `build` makes after `name`, in messages and in the model. */
  scope<Result>(name: string, build: () => Result): Result {
    const outer = this.#scope
    this.#scope = [...outer, name]
    try {
      return build()
    } finally {
      this.#scope = outer
    }
  }

  /** Where nodes are made now: `down_blocks.0/resnets.1`, or an empty string. */
  get scopeName(): string {
    return this.#scope.join('/')
  }

  /** A dimension as an int64 vector of one element; read from a value that has it where it is symbolic. */
  dimValue(dim: Dim): Value {
    if (typeof dim === 'number') return this.constant(int64([1], [dim]))
    const known = this.#dimValues.get(dim)
    if (known) return known
    const source = this.#dimSources.get(dim)
    if (!source) throw new GraphError(`No value of this graph has a dimension "${dim}"`)
    const attributes = { start: int(source.axis), end: int(source.axis + 1) }
    const outputs = [{ dtype: 'int64', shape: [1] }] as const
    const [value] = this.add({ opType: 'Shape', inputs: [source.value], outputs, attributes })
    if (!value) throw new GraphError('Shape gives one value')
    this.#dimValues.set(dim, value)
    return value
  }

  #value(fields: Omit<Value, 'graph'>): Value {
    for (const dim of fields.shape) {
      const possible = typeof dim === 'string' ? dim !== '' : Number.isSafeInteger(dim) && dim >= 0
      if (!possible) throw new GraphError(`"${fields.name}" cannot have the shape ${showShape(fields.shape)}`)
    }
    const value: Value = { graph: this, ...fields, shape: [...fields.shape] }
    for (const [axis, dim] of fields.shape.entries()) {
      if (typeof dim === 'string' && !this.#dimSources.has(dim)) this.#dimSources.set(dim, { value, axis })
    }
    return value
  }

  #claim(name: string, as: string): void {
    if (name === '') throw new GraphError(`The name of ${as} is empty`)
    const taken = this.#inputs.get(name) ?? this.#parameters.get(name)
    if (taken) throw new GraphError(`"${name}" cannot be ${as}: the graph already has ${showValue(taken)}`)
  }

  #uniqueName(base: string): string {
    const count = this.#counts.get(base) ?? 0
    this.#counts.set(base, count + 1)
    return `${base}_${count}`
  }
}

/** Parameters of a graph in elements, for reports. */
export function parameterCountOf(graph: Graph): number {
  return graph.parameters.reduce((sum, { shape }) => sum + elementCountOf(shape.map(Number)), 0)
}
