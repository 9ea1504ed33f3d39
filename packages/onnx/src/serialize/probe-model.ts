import { create, toBinary } from '@bufbuild/protobuf'
import {
  ModelProtoSchema,
  ValueInfoProtoSchema,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf'
import { dtypeOfOnnxCode, onnxCodeOf, type DType } from '../tensor/dtype.ts'
import { castNode } from './protos.ts'
import { isConstant } from './read-model.ts'

export interface Probe {
  readonly bytes: Uint8Array
  /**
   * Values that the runtime cannot give as they are: the output that gives their shape, by their name, and their type.
   */
  readonly stored: ReadonlyMap<string, { readonly name: string; readonly dtype: DType }>
}

/** Types that onnxruntime-node knows in a model, but neither as inputs nor as outputs of one. */
const storedOnly: readonly (DType | undefined)[] = ['bfloat16', 'float8e4m3fn', 'float8e5m2', 'int4', 'uint4']

/** Operators whose first output is of the type of their first input, and that run on types made for storage. */
const passing = [
  'Transpose',
  'Reshape',
  'Gather',
  'Concat',
  'Slice',
  'Squeeze',
  'Unsqueeze',
  'Identity',
  'Split',
  'Flatten',
]

/**
 * The same model with its weights as inputs and all that its nodes give as outputs: ONNX Runtime tells the types of
 * outputs, and does not ask for the values of weights to infer them. Types made for storage are cast at both ends.
 */
export function probeOfModel(model: ModelProto): Probe {
  const { graph } = model
  if (!graph) return { bytes: toBinary(ModelProtoSchema, model), stored: new Map() }
  const weights = graph.initializer.filter((tensor) => !isConstant(tensor))
  const stored = storedTypes(graph.node, graph.initializer)
  const fed = new Set(graph.input.map(({ name }) => name))
  const castIn = weights.filter(({ dataType }) => storedOnly.includes(dtypeOfOnnxCode(dataType)))
  const isCast = new Set(castIn.map(({ name }) => name))
  const inputs = weights
    .filter(({ name }) => isCast.has(name) || !fed.has(name))
    .map((tensor) => {
      if (!isCast.has(tensor.name)) return inputOf(tensor.name, tensor.dataType, tensor)
      return inputOf(`${tensor.name}:fed`, onnxCodeOf('float32'), tensor)
    })
  const given = new Set(graph.output.map(({ name }) => name))
  const names = graph.node.flatMap((node) => node.output).filter((name) => name !== '' && !given.has(name))
  const castOut = new Map(
    [...stored]
      .filter(([name]) => names.includes(name))
      .map(([name, dtype]) => [name, { name: `${name}:told`, dtype }]),
  )
  const bytes = toBinary(ModelProtoSchema, {
    ...model,
    graph: {
      ...graph,
      initializer: graph.initializer.filter(isConstant),
      input: [...graph.input.filter(({ name }) => !isCast.has(name)), ...inputs],
      node: [
        ...castIn.map(({ name, dataType }) => castNode(`${name}:fed`, name, dtypeOfOnnxCode(dataType) ?? 'float32')),
        ...graph.node,
        ...[...castOut].map(([name, told]) => castNode(name, told.name, 'float32')),
      ],
      output: [
        ...graph.output,
        ...names.map((name) => create(ValueInfoProtoSchema, { name: castOut.get(name)?.name ?? name })),
      ],
    },
  })
  return { bytes, stored: castOut }
}

function inputOf(name: string, elemType: number, { dims }: TensorProto): ValueInfoProto {
  const dim = dims.map((size) => ({ value: { case: 'dimValue' as const, value: size } }))
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } },
  })
}

/** The values of types made for storage: weights, what is cast to such a type, and what only moves them about. */
function storedTypes(nodes: readonly NodeProto[], initializers: readonly TensorProto[]): ReadonlyMap<string, DType> {
  const stored = new Map<string, DType>()
  const note = (name: string, dtype: DType | undefined): void => {
    if (dtype && storedOnly.includes(dtype)) stored.set(name, dtype)
  }
  for (const { name, dataType } of initializers) note(name, dtypeOfOnnxCode(dataType))
  for (const { opType, input, output, attribute } of nodes) {
    const to = opType === 'Cast' ? attribute.find(({ name }) => name === 'to') : undefined
    const dtype = to ? dtypeOfOnnxCode(Number(to.i)) : passing.includes(opType) ? stored.get(input[0] ?? '') : undefined
    for (const name of output) note(name, dtype)
  }
  return stored
}
