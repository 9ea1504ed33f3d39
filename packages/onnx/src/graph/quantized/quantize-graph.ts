import type { Graph, GraphNode, Value } from '../graph.ts'
import { rewriteGraph } from '../rewrite.ts'
import { QuantizedActivations } from './activations.ts'
import { int4Product } from './int4.ts'
import { int8Convolution, int8Product, type ConvolutionWindow } from './int8.ts'
import { int4Block, type QuantizedForm, type QuantizedMatrix } from './quantized-matrix.ts'

/** Below this many elements a matrix is hardly read at all; quantising it costs accuracy and gains nothing. */
const smallestMatrix = 16384

/** Convolutions from or to fewer channels stay exact: they are a network's first and last, and cost next to nothing. */
const fewestChannels = 16

/**
 * A product with a batch of vectors, such as the embedding of a timestep, stays exact below this many elements: all
 * that follows depends on its few numbers, and reading it takes a small part of a step.
 */
const largestExactVectorProduct = 2 ** 22

export interface QuantizeOptions {
  /** Whether the weight of this name may be quantised. All may where not given. */
  readonly select?: (name: string) => boolean
  /**
   * Bands of rows in which convolutions in 8 bits are computed, one after the other: what lies side by side for one of
   * them takes nine times the map's bytes, which large pictures have no memory for. Default 1.
   */
  readonly bands?: number
}

/**
 * A copy of a graph in which products with a weight `[out, in]` (as `linear` makes them) and convolutions without
 * groups read it in a quantised form, and the list of those weights. Convolutions, and products whose inputs do not
 * divide into blocks, take 8 bits where 4 are asked for. Everything else stays as it is.
 */
export function quantizeGraph(
  graph: Graph,
  form: QuantizedForm,
  { select = () => true, bands = 1 }: QuantizeOptions = {},
): { readonly graph: Graph; readonly matrices: readonly QuantizedMatrix[] } {
  const matrices = new Map<string, QuantizedMatrix>()
  let activations: QuantizedActivations | undefined
  const rewritten = rewriteGraph(graph, (node, copyOf, copy) => {
    const [x, , bias] = node.inputs
    const weight = productWeightOf(graph, node) ?? convolutionWeightOf(graph, node)
    if (!weight || !x || !select(weight.name) || staysExact(weight, x)) return undefined
    const matrix = matrixOf(weight, form)
    matrices.set(weight.name, matrix)
    const offset = bias && copyOf(bias)
    if (matrix.form === 'int4') return [int4Product(copyOf(x), matrix, offset)]
    activations ??= new QuantizedActivations(copy)
    return weight.shape.length === 2
      ? [int8Product(activations, copyOf(x), matrix, offset)]
      : [int8Convolution(activations, copyOf(x), matrix, offset, windowOf(node), bands)]
  })
  return { graph: rewritten, matrices: [...matrices.values()] }
}

function matrixOf({ name, shape }: Value, wanted: QuantizedForm): QuantizedMatrix {
  const [outputs = 0, channels = 0, height = 1, width = 1] = shape.map(Number)
  const taps = height * width
  const form = shape.length === 4 || channels % int4Block !== 0 ? 'int8' : wanted
  return {
    name,
    form,
    outputs,
    inputs: taps * channels,
    taps,
    values: `${name}:${form}`,
    scales: `${name}:${form}-scales`,
  }
}

function staysExact({ shape }: Value, x: Value): boolean {
  const [outputs = 0, inputs = 0, height = 1, width = 1] = shape.map(Number)
  const elements = outputs * inputs * height * width
  if (elements < smallestMatrix) return true
  if (shape.length === 4) return Math.min(outputs, inputs) < fewestChannels
  return x.shape.length === 2 && x.producer?.opType !== 'Reshape' && elements < largestExactVectorProduct
}

const readsParameter = (graph: Graph, weight: Value | undefined, rank: number): weight is Value =>
  weight?.dtype === 'float32' && weight.shape.length === rank && graph.isParameter(weight)

/** The weight of a plain `x · weightᵀ (+ bias)` in float32. */
function productWeightOf(graph: Graph, { opType, inputs, attributes }: GraphNode): Value | undefined {
  if (opType !== 'Gemm' && opType !== 'FusedMatMul') return undefined
  const [, weight] = inputs
  const is = (name: string, wanted: number, absent: number): boolean => {
    const attribute = attributes[name]
    return (attribute && 'value' in attribute ? attribute.value : absent) === wanted
  }
  const plain = is('transA', 0, 0) && is('transB', 1, 0) && is('alpha', 1, 1) && is('beta', 1, 1)
  return plain && readsParameter(graph, weight, 2) ? weight : undefined
}

/** The kernel of a convolution over images, without groups and in float32. */
function convolutionWeightOf(graph: Graph, { opType, domain, inputs, attributes }: GraphNode): Value | undefined {
  const [, weight] = inputs
  const { group } = attributes
  if (opType !== 'Conv' || domain !== '' || (group?.type === 'int' && group.value !== 1)) return undefined
  return readsParameter(graph, weight, 4) ? weight : undefined
}

function windowOf({ inputs, attributes }: GraphNode): ConvolutionWindow {
  const [, , height = 1, width = 1] = (inputs[1]?.shape ?? []).map(Number)
  const numbers = (name: string, absent: readonly number[]): readonly number[] => {
    const attribute = attributes[name]
    return attribute?.type === 'ints' ? attribute.value : absent
  }
  const [down = 1, across = 1] = numbers('strides', [1, 1])
  const [above = 0, left = 0, below = 0, right = 0] = numbers('pads', [0, 0, 0, 0])
  const [apart = 1, aside = 1] = numbers('dilations', [1, 1])
  return {
    kernel: [height, width],
    strides: [down, across],
    pads: [above, left, below, right],
    dilations: [apart, aside],
  }
}
