import { int } from './attribute.ts'
import type { Graph, GraphNode, Value } from './graph.ts'
import { microsoft } from './operator.ts'
import * as ops from './ops/index.ts'
import { rewriteGraph } from './rewrite.ts'
/**
 * `int8`: ONNX Runtime's DynamicQuantizeMatMul: weights of 8 bits with one scale an output, activations quantised as
 * they come. `int4`: its MatMulNBits: weights of 4 bits in blocks of 32 inputs with one scale each, a quarter of fp16.
 */
export type QuantizedForm = 'int8' | 'int4'

/** A matrix `[out, in]` that a graph reads in a quantised form. */
export interface QuantizedMatrix {
  readonly name: string
  readonly form: QuantizedForm
  readonly outputs: number
  readonly inputs: number
  /** Names of the parameters that take the place of the weight. */
  readonly values: string
  readonly scales: string
}

/** Inputs that share a scale in the int4 form. */
export const int4Block = 32

/** Below this many elements a matrix is hardly read at all; quantising it costs accuracy and gains nothing. */
const smallestMatrix = 16384

export interface QuantizeOptions {
  /** Whether the matrix of this name may be quantised. All may where not given. */
  readonly select?: (name: string) => boolean
}

/**
 * A copy of a graph in which products with a weight `[out, in]` (as `linear` makes them) read it in a quantised form,
 * and the list of those weights. Everything else stays as it is.
 */
export function quantizeProducts(
  graph: Graph,
  form: QuantizedForm,
  { select = () => true }: QuantizeOptions = {},
): { readonly graph: Graph; readonly matrices: readonly QuantizedMatrix[] } {
  const matrices = new Map<string, QuantizedMatrix>()
  const rewritten = rewriteGraph(graph, (node, copyOf, copy) => {
    const [x, , bias] = node.inputs
    const weight = linearWeightOf(graph, node)
    if (!weight || !x || !select(weight.name)) return undefined
    const [outputs, inputs] = weight.shape.map(Number)
    if (outputs === undefined || inputs === undefined || outputs * inputs < smallestMatrix) return undefined
    if (form === 'int4' && inputs % int4Block !== 0) return undefined
    const { name } = weight
    const matrix = { name, form, outputs, inputs, values: `${name}:${form}`, scales: `${name}:${form}-scales` }
    matrices.set(name, matrix)
    const product = form === 'int8' ? dynamicProduct(copy, copyOf(x), matrix) : blockProduct(copy, copyOf(x), matrix)
    return [bias ? ops.add(product, copyOf(bias)) : product]
  })
  return { graph: rewritten, matrices: [...matrices.values()] }
}

/** The weight of a plain `x · weightᵀ (+ bias)` in float32. */
function linearWeightOf(graph: Graph, { opType, inputs, attributes }: GraphNode): Value | undefined {
  if (opType !== 'Gemm' && opType !== 'FusedMatMul') return undefined
  const [, weight] = inputs
  const is = (name: string, wanted: number, absent: number): boolean => {
    const attribute = attributes[name]
    return (attribute && 'value' in attribute ? attribute.value : absent) === wanted
  }
  const plain = is('transA', 0, 0) && is('transB', 1, 0) && is('alpha', 1, 1) && is('beta', 1, 1)
  return plain && weight && weight.dtype === 'float32' && weight.shape.length === 2 && graph.isParameter(weight)
    ? weight
    : undefined
}

function dynamicProduct(graph: Graph, x: Value, { values, scales, outputs, inputs }: QuantizedMatrix): Value {
  const weight = graph.parameter(values, 'int8', [inputs, outputs])
  const scale = graph.parameter(scales, 'float32', [outputs])
  return only(
    graph.add({
      opType: 'DynamicQuantizeMatMul',
      domain: microsoft,
      inputs: [x, weight, scale],
      outputs: [{ dtype: 'float32', shape: [...x.shape.slice(0, -1), outputs] }],
    }),
  )
}

function blockProduct(graph: Graph, x: Value, { values, scales, outputs, inputs }: QuantizedMatrix): Value {
  const blocks = inputs / int4Block
  const weight = graph.parameter(values, 'uint8', [outputs, blocks, int4Block / 2])
  const scale = graph.parameter(scales, 'float32', [outputs * blocks])
  return only(
    graph.add({
      opType: 'MatMulNBits',
      domain: microsoft,
      inputs: [x, weight, scale],
      outputs: [{ dtype: 'float32', shape: [...x.shape.slice(0, -1), outputs] }],
      // Accuracy level 4 lets the product run on 8-bit activations: faster, and as accurate as 4-bit weights are.
      attributes: { K: int(inputs), N: int(outputs), bits: int(4), block_size: int(int4Block), accuracy_level: int(4) },
    }),
  )
}

function only([value]: readonly Value[]): Value {
  if (!value) throw new Error('One output was asked for, but none came back')
  return value
}
