import { create } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType as Type,
  AttributeProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf'
import type { Attribute } from '../graph/attribute.ts'
import type { Shape } from '../graph/shape.ts'
import { renamedGraph } from '../graph/sub-graph.ts'
import type { GraphNode } from '../graph/graph.ts'
import { onnxCodeOf, type DType } from '../tensor/dtype.ts'
import { bytesOf, type AnyTensor } from '../tensor/tensor.ts'

export interface GraphParts {
  readonly name: string
  readonly node: NodeProto[]
  readonly initializer: TensorProto[]
  readonly input: ValueInfoProto[]
  readonly output: ValueInfoProto[]
}

export function nodeProto(node: GraphNode, input: string[], output: string[]): NodeProto {
  return create(NodeProtoSchema, {
    name: node.name,
    opType: node.opType,
    domain: node.domain,
    input: input.slice(0, input.length - capturedBy(node)),
    output,
    attribute: attributeProtos(node, input),
  })
}

/** How many of a node's inputs, the last ones, are there for the graphs inside it. */
const capturedBy = ({ attributes }: GraphNode): number =>
  Object.values(attributes).reduce((sum, each) => sum + (each.type === 'graph' ? each.value.captures.length : 0), 0)

function attributeProtos(node: GraphNode, input: readonly string[]): AttributeProto[] {
  let at = input.length - capturedBy(node)
  return Object.entries(node.attributes).map(([name, attribute]) => {
    if (attribute.type !== 'graph') return attributeProto(name, attribute)
    const { proto, captures } = attribute.value
    const outer = new Map(captures.map((captured) => [captured, input[at++] ?? '']))
    const g = renamedGraph(proto, outer, `${node.name}/${name}/`)
    return create(AttributeProtoSchema, { name, type: Type.GRAPH, g })
  })
}

export function castNode(input: string, output: string, to: DType): NodeProto {
  const attribute = [attributeProto('to', { type: 'int', value: onnxCodeOf(to) })]
  return create(NodeProtoSchema, {
    name: `Cast:${output}`,
    opType: 'Cast',
    input: [input],
    output: [output],
    attribute,
  })
}

export function identityNode(input: string, output: string): NodeProto {
  return create(NodeProtoSchema, { name: `Identity:${output}`, opType: 'Identity', input: [input], output: [output] })
}

export function valueInfo(name: string, { dtype, shape }: { dtype: DType; shape: Shape }): ValueInfoProto {
  // A derived symbol (`2*height`) is left unnamed: the runtime would take it for a symbol of its own.
  const dim = shape.map((size) => {
    if (typeof size === 'number') return { value: { case: 'dimValue' as const, value: BigInt(size) } }
    return /^\w+$/.test(size) ? { value: { case: 'dimParam' as const, value: size } } : {}
  })
  const tensor = { elemType: onnxCodeOf(dtype), shape: { dim } }
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensor } } })
}

export function initializer(name: string, tensor: AnyTensor): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: onnxCodeOf(tensor.dtype),
    dims: tensor.shape.map(BigInt),
    rawData: ownBytes(tensor),
  })
}

/** An initializer whose bytes are a range of a file, by a path from the folder of the model. */
export function fileInitializer(
  name: string,
  shape: readonly number[],
  { dtype, path, offset, length }: { dtype: DType; path: string; offset: number; length: number },
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: onnxCodeOf(dtype),
    dims: shape.map(BigInt),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [
      { key: 'location', value: path },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(length) },
    ],
  })
}

function attributeProto(name: string, attribute: Exclude<Attribute, { type: 'graph' }>): AttributeProto {
  switch (attribute.type) {
    case 'int':
      return create(AttributeProtoSchema, { name, type: Type.INT, i: BigInt(attribute.value) })
    case 'ints':
      return create(AttributeProtoSchema, { name, type: Type.INTS, ints: attribute.value.map(BigInt) })
    case 'float':
      return create(AttributeProtoSchema, { name, type: Type.FLOAT, f: attribute.value })
    case 'floats':
      return create(AttributeProtoSchema, { name, type: Type.FLOATS, floats: [...attribute.value] })
    case 'string':
      return create(AttributeProtoSchema, { name, type: Type.STRING, s: new TextEncoder().encode(attribute.value) })
    case 'strings': {
      const strings = attribute.value.map((text) => new TextEncoder().encode(text))
      return create(AttributeProtoSchema, { name, type: Type.STRINGS, strings })
    }
    case 'tensor':
      return create(AttributeProtoSchema, { name, type: Type.TENSOR, t: initializer('', attribute.value) })
  }
}

function ownBytes(tensor: AnyTensor): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(tensor)
  const { buffer } = bytes
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, bytes.byteOffset, bytes.byteLength)
    : Uint8Array.from(bytes)
}
