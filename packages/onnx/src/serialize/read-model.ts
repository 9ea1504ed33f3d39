import { fromBinary } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType as Type,
  ModelProtoSchema,
  TensorProto_DataLocation,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf'
import type { Attribute } from '../graph/attribute.ts'
import { GraphError } from '../graph/graph-error.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { microsoft } from '../graph/operator.ts'
import type { Shape } from '../graph/shape.ts'
import { capturesOf, domainsOf } from '../graph/sub-graph.ts'
import { dtypeOfOnnxCode, elementCountOf, isFloatDType, type DType } from '../tensor/dtype.ts'
import { bytesOf, tensorOf, tensorOfBytes, type AnyTensor } from '../tensor/tensor.ts'

/**
 * Integer initializers of up to this many elements are constants of the graph (axes, shapes); larger ones parameters.
 */
const constantElements = 4096

export interface ValueType {
  readonly dtype: DType
  readonly shape: Shape
}

/** Parses a ModelProto; throws a `GraphError` where the bytes are none. */
export function parseModel(bytes: Uint8Array, title: string): ModelProto {
  try {
    const model = fromBinary(ModelProtoSchema, bytes)
    if (model.graph && model.graph.output.length > 0) return model
  } catch (cause) {
    throw new GraphError(`${title} is not an ONNX model: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
  throw new GraphError(`${title} is not an ONNX model: it has no graph with outputs`)
}

/**
 * The graph of a model. Weights become parameters of their names; integers (axes, shapes) and scalars become constants.
 * `types` are those of all values that its nodes give.
 */
export function graphOfModel(model: ModelProto, types: ReadonlyMap<string, ValueType>, title: string): Graph {
  const { graph: proto } = model
  if (!proto) throw new GraphError(`${title} has no graph`)
  const graph = new Graph({ opset: opsetOf(model, title) })
  const values = new Map<string, Value>()
  for (const tensor of proto.initializer) values.set(tensor.name, leafOf(graph, tensor, title))
  for (const info of proto.input) {
    if (values.has(info.name)) continue
    const typed = typeOf(info)
    if (!typed) throw new GraphError(`${title}: the input "${info.name}" is no tensor of a known type and rank`)
    values.set(info.name, graph.input(info.name, typed.dtype, typed.shape))
  }
  for (const node of proto.node) readNode(graph, node, { values, types, title })
  for (const { name } of proto.output) {
    const value = values.get(name)
    if (!value) throw new GraphError(`${title}: nothing computes the output "${name}"`)
    graph.output(name, value)
  }
  return graph
}

function readNode(
  graph: Graph,
  node: NodeProto,
  { values, types, title }: { values: Map<string, Value>; types: ReadonlyMap<string, ValueType>; title: string },
): void {
  const domain = node.domain === 'ai.onnx' ? '' : node.domain
  const where = `${title}: ${node.opType} (${node.name || node.output[0] || 'unnamed'})`
  const inner = node.attribute.flatMap(({ g }) => (g ? domainsOf(g) : []))
  const unknown = [domain, ...inner].find((each) => !['', 'ai.onnx', microsoft].includes(each))
  if (unknown !== undefined) throw new GraphError(`${where} is of the domain "${unknown}", which is not read`)
  const attributes = Object.fromEntries(
    node.attribute.map((attribute) => [attribute.name, attributeOf(attribute, where)]),
  )
  const constant = attributes['value']
  const [first] = node.output
  if (node.opType === 'Constant' && constant?.type === 'tensor' && first !== undefined) {
    values.set(first, graph.constant(constant.value))
    return
  }
  const captured = Object.values(attributes).flatMap((each) => (each.type === 'graph' ? each.value.captures : []))
  const inputs = [...node.input, ...captured].map((name) => {
    if (name === '') return undefined
    const value = values.get(name)
    if (!value) throw new GraphError(`${where} takes "${name}", which nothing before it gives`)
    return value
  })
  const outputs = node.output.map((name) => {
    const typed = types.get(name)
    if (typed) return typed
    if (name === '') return { dtype: 'float32', shape: [] } as const
    throw new GraphError(`${where}: the type of its output "${name}" is not known`)
  })
  const made = graph.add({ opType: node.opType, domain, inputs, outputs, attributes })
  for (const [index, name] of node.output.entries()) {
    const value = made[index]
    if (value && name !== '') values.set(name, value)
  }
}

function opsetOf(model: ModelProto, title: string): number {
  const found = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')
  if (!found) throw new GraphError(`${title} does not say which operator set it is written for`)
  return Number(found.version)
}

/** Whether an initializer becomes a constant of the graph instead of a parameter. */
export function isConstant(tensor: TensorProto): boolean {
  const dtype = dtypeOfOnnxCode(tensor.dataType)
  const count = elementCountOf(tensor.dims.map(Number))
  if (tensor.dims.length === 0) return true
  return dtype !== undefined && !isFloatDType(dtype) && count <= constantElements
}

function leafOf(graph: Graph, tensor: TensorProto, title: string): Value {
  if (isConstant(tensor)) return graph.constant(tensorOfProto(tensor, title))
  const dtype = dtypeOfOnnxCode(tensor.dataType)
  if (!dtype) throw new GraphError(`${title}: the initializer "${tensor.name}" is of a type that is not read`)
  return graph.parameter(tensor.name, dtype, tensor.dims.map(Number))
}

function typeOf({ name, type }: ValueInfoProto): ValueType | undefined {
  if (type?.value.case !== 'tensorType') return undefined
  const { elemType, shape } = type.value.value
  const dtype = dtypeOfOnnxCode(elemType)
  if (!dtype || !shape) return undefined
  const dims = shape.dim.map(({ value }, axis) => {
    if (value.case === 'dimValue') return Number(value.value)
    return dimOfSymbol(value.case === 'dimParam' ? value.value : '', name, axis)
  })
  return { dtype, shape: dims }
}

/** An unnamed dimension becomes a symbol that may equal any other: two of them need not differ. */
export function dimOfSymbol(symbol: string, value: string, axis: number): string {
  return symbol === '' ? `dim(${value},${axis})` : symbol
}

function attributeOf(attribute: AttributeProto, where: string): Attribute {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
  switch (attribute.type) {
    case Type.INT:
      return { type: 'int', value: Number(attribute.i) }
    case Type.INTS:
      return { type: 'ints', value: attribute.ints.map(Number) }
    case Type.FLOAT:
      return { type: 'float', value: attribute.f }
    case Type.FLOATS:
      return { type: 'floats', value: attribute.floats }
    case Type.STRING:
      return { type: 'string', value: text(attribute.s) }
    case Type.STRINGS:
      return { type: 'strings', value: attribute.strings.map(text) }
    case Type.TENSOR:
      if (attribute.t) return { type: 'tensor', value: tensorOfProto(attribute.t, where) }
      break
    case Type.GRAPH:
      if (attribute.g)
        return { type: 'graph', value: { proto: withoutFiles(attribute.g, where), captures: capturesOf(attribute.g) } }
      break
    default:
  }
  throw new GraphError(`${where}: its attribute "${attribute.name}" is of a kind that is not read`)
}

/** A graph inside a node keeps its weights in the model: no path of theirs could be told to ONNX Runtime. */
function withoutFiles(graph: GraphProto, where: string): GraphProto {
  const outside = graph.initializer.find(({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL)
  if (outside) throw new GraphError(`${where}: the weight "${outside.name}" of a graph inside it lies in another file`)
  for (const { g } of graph.node.flatMap(({ attribute }) => attribute)) if (g) withoutFiles(g, where)
  return graph
}

function tensorOfProto(tensor: TensorProto, where: string): AnyTensor {
  const dtype = dtypeOfOnnxCode(tensor.dataType)
  const shape = tensor.dims.map(Number)
  if (!dtype) throw new GraphError(`${where}: the tensor "${tensor.name}" is of a type that is not read`)
  if (tensor.rawData.length > 0 || elementCountOf(shape) === 0) return tensorOfBytes(dtype, shape, tensor.rawData)
  switch (dtype) {
    case 'float32':
      return tensorOf(dtype, shape, Float32Array.from(tensor.floatData))
    case 'float64':
      return tensorOf(dtype, shape, Float64Array.from(tensor.doubleData))
    case 'int64':
      return tensorOf(dtype, shape, BigInt64Array.from(tensor.int64Data))
    case 'int32':
      return tensorOf(dtype, shape, Int32Array.from(tensor.int32Data))
    case 'bool':
    case 'uint8':
    case 'int8': {
      const bytes = Uint8Array.from(tensor.int32Data)
      return tensorOfBytes(dtype, shape, bytes)
    }
    case 'float16':
    case 'bfloat16':
      return tensorOfBytes(
        dtype,
        shape,
        bytesOf(tensorOf('uint16', [tensor.int32Data.length], Uint16Array.from(tensor.int32Data))),
      )
    default:
      throw new GraphError(`${where}: the tensor "${tensor.name}" of ${dtype} is stored in a way that is not read`)
  }
}
