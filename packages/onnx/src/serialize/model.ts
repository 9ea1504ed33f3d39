import { dirname, parse, relative, resolve, sep } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, type ModelProto } from 'onnx-buf'
import { GraphError } from '../graph/graph-error.ts'
import { showValue, type Graph, type GraphNode, type Value } from '../graph/graph.ts'
import { domainsOf } from '../graph/sub-graph.ts'
import type { BindParameter, ParameterBinding } from './binding.ts'
import { liveParts } from './live-nodes.ts'
import {
  castNode,
  fileInitializer,
  identityNode,
  initializer,
  nodeProto,
  valueInfo,
  type GraphParts,
} from './protos.ts'

/** An input or output of a model: plain data, unlike a value of a graph. */
export type ModelValue = Pick<Value, 'name' | 'dtype' | 'shape'>

/** A model as ONNX Runtime takes it. */
export interface Model {
  /** The ModelProto. */
  readonly bytes: Uint8Array
  /** The folder that the paths of mapped files start from; absent where nothing is mapped. */
  readonly folder?: string
  readonly inputs: readonly ModelValue[]
  readonly outputs: ReadonlyMap<string, ModelValue>
  /** The size of the mapped ranges of files. */
  readonly mappedBytes: number
}

const noParameters: BindParameter = (parameter) => {
  throw new GraphError(`The graph has the parameter ${showValue(parameter)}, but no weights were given to bind it to`)
}

/**
 * Writes a graph as an ONNX model. Only what its outputs need is written, in the order it was built, after the casts of
 * stored weights and after what computes weights from others. The same graph and bindings always give the same bytes.
 */
export function serializeModel(graph: Graph, bind: BindParameter = noParameters): Model {
  if (graph.outputs.size === 0)
    throw new GraphError('The graph has no outputs: name its results with graph.output(name, value)')
  const writer = new ModelWriter(graph)
  return writer.write(bind)
}

class ModelWriter {
  readonly #graph: Graph
  readonly #names = new Map<Value, string>()
  readonly #taken = new Set<string>()
  readonly #nodeNames = new Set<string>()
  readonly #casts: GraphParts['node'] = []
  readonly #weightNodes: GraphParts['node'] = []
  readonly #parts: GraphParts = { name: 'graph', node: [], initializer: [], input: [], output: [] }
  readonly #inputs: Value[] = []
  readonly #domains = new Set<string>()
  readonly #files = new Set<string>()
  readonly #fileBindings: {
    readonly name: string
    readonly binding: ParameterBinding & { type: 'file' }
    readonly parameter: Value
  }[] = []
  #opset: number
  #mappedBytes = 0

  constructor(graph: Graph) {
    this.#graph = graph
    this.#opset = graph.opset
  }

  write(bind: BindParameter): Model {
    const graph = this.#graph
    const { nodes, leaves } = liveParts(graph.outputs.values())
    for (const value of [...graph.inputs, ...graph.parameters]) this.#claim(value, value.name)
    for (const name of graph.outputs.keys()) this.#reserve(name)
    for (const input of graph.inputs) this.#addInput(input)
    const renamed = this.#nameOutputs()
    this.#bindLeaves(graph, leaves, bind)
    const body = nodes.map((node) => this.#node(node))
    const identities = [...graph.outputs]
      .filter(([name]) => !renamed.has(name))
      .map(([name, value]) => identityNode(this.#nameOf(value), name))
    this.#parts.node.push(...this.#casts, ...this.#weightNodes, ...body, ...identities)
    this.#parts.output.push(...[...graph.outputs].map(([name, value]) => valueInfo(name, value)))
    const folder = commonFolder(this.#files)
    for (const { name, binding, parameter } of this.#fileBindings) {
      const path = relative(folder ?? '', binding.path)
        .split(sep)
        .join('/')
      this.#parts.initializer.push(fileInitializer(name, parameter.shape.map(Number), { ...binding, path }))
    }
    const bytes = toBinary(ModelProtoSchema, this.#model())
    const model = { bytes, inputs: this.#inputs, outputs: graph.outputs, mappedBytes: this.#mappedBytes }
    return folder === undefined ? model : { ...model, folder }
  }

  #model(): ModelProto {
    const opsetImport = [{ domain: '', version: BigInt(this.#opset) }]
    for (const domain of [...this.#domains].sort()) opsetImport.push({ domain, version: 1n })
    const irVersion = BigInt(this.#opset > 21 ? 11 : 10)
    return create(ModelProtoSchema, { irVersion, opsetImport, producerName: 'patchbay', graph: this.#parts })
  }

  /** Names values after the outputs they are; gives the outputs that need no further node. */
  #nameOutputs(): ReadonlySet<string> {
    const renamed = new Set<string>()
    for (const [name, value] of this.#graph.outputs) {
      if (value.producer && !this.#names.has(value)) {
        this.#names.set(value, name)
        renamed.add(name)
      }
    }
    return renamed
  }

  #bindLeaves(graph: Graph, leaves: ReadonlySet<Value>, bind: BindParameter): void {
    for (const parameter of graph.parameters) if (leaves.has(parameter)) this.#bind(parameter, bind(parameter))
    for (const leaf of leaves) {
      const tensor = graph.constantOf(leaf)
      if (tensor) this.#parts.initializer.push(initializer(this.#nameOf(leaf), tensor))
    }
  }

  #bind(parameter: Value, binding: ParameterBinding): void {
    const name = this.#nameOf(parameter)
    switch (binding.type) {
      case 'input':
        this.#addInput(parameter)
        return
      case 'tensor':
        this.#parts.initializer.push(initializer(this.#stored(parameter, binding.tensor.dtype), binding.tensor))
        return
      case 'file': {
        const path = resolve(binding.path)
        this.#files.add(path)
        this.#mappedBytes += binding.length
        this.#fileBindings.push({
          name: this.#stored(parameter, binding.dtype),
          binding: { ...binding, path },
          parameter,
        })
        return
      }
      case 'computed': {
        const { value, bind } = binding
        if (value.dtype !== parameter.dtype || value.shape.join() !== parameter.shape.join()) {
          throw new GraphError(`${showValue(parameter)} cannot be computed as ${showValue(value)}`)
        }
        this.#opset = Math.max(this.#opset, value.graph.opset)
        const { nodes, leaves } = liveParts([value])
        this.#bindLeaves(value.graph, leaves, bind)
        this.#weightNodes.push(...nodes.map((node) => this.#node(node)), identityNode(this.#nameOf(value), name))
        return
      }
      default:
        binding satisfies never
    }
  }

  /** The name of the stored form of a parameter: its own, or that of the input of a cast. */
  #stored(parameter: Value, dtype: Value['dtype']): string {
    const name = this.#nameOf(parameter)
    if (dtype === parameter.dtype) return name
    const stored = this.#reserve(`${name}:${dtype}`)
    this.#casts.push(castNode(stored, name, parameter.dtype))
    return stored
  }

  #addInput(value: Value): void {
    this.#inputs.push(value)
    this.#parts.input.push(valueInfo(this.#nameOf(value), value))
  }

  #node(node: GraphNode): GraphParts['node'][number] {
    const inner = Object.values(node.attributes).flatMap((each) =>
      each.type === 'graph' ? domainsOf(each.value.proto) : [],
    )
    for (const domain of [node.domain, ...inner]) if (domain !== '' && domain !== 'ai.onnx') this.#domains.add(domain)
    return nodeProto(
      { ...node, name: firstFree(node.name, this.#nodeNames) },
      node.inputs.map((input) => (input ? this.#nameOf(input) : '')),
      node.outputs.map((output) => this.#nameOf(output)),
    )
  }

  #claim(value: Value, name: string): void {
    this.#names.set(value, this.#reserve(name))
  }

  #nameOf(value: Value): string {
    const known = this.#names.get(value)
    if (known !== undefined) return known
    const name = this.#reserve(value.name)
    this.#names.set(value, name)
    return name
  }

  #reserve(wanted: string): string {
    return firstFree(wanted, this.#taken)
  }
}

/**
 * A name that is not taken, and is from here on: ONNX wants values unique, and nodes too, also those of several graphs.
 */
function firstFree(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let count = 2; taken.has(name); count++) name = `${wanted}#${count}`
  taken.add(name)
  return name
}

/** The deepest folder that holds all files; mapped files must lie below the folder ONNX Runtime is told. */
function commonFolder(files: ReadonlySet<string>): string | undefined {
  const [first, ...rest] = [...files].map((file) => dirname(file))
  if (first === undefined) return undefined
  const root = parse(first).root
  const below = (folder: string): boolean =>
    rest.every((other) => other === folder || other.startsWith(folder.endsWith(sep) ? folder : folder + sep))
  let folder = first
  while (!below(folder)) {
    if (folder === root) {
      throw new GraphError(`Mapped weights must lie on one drive, got ${[...files].slice(0, 3).join(', ')}`)
    }
    folder = dirname(folder)
  }
  return folder
}
