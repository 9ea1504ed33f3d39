import { numberAt } from '../tensor/index.ts'
import { int } from './attribute.ts'
import type { Graph, GraphNode, Value } from './graph.ts'
import { rewriteGraph } from './rewrite.ts'
import type { Shape } from './shape.ts'
/** The domain of ONNX Runtime's convolutions over blocks of channels (NCHWc). */
const blocked = 'com.microsoft.nchwc'

/** A weight `[out, in, height, width]` that a graph reads block by block. */
export interface BlockedKernel {
  readonly name: string
  /** The parameter that takes its place: same shape, other order. */
  readonly values: string
  readonly shape: readonly number[]
  /** Channels in a block. */
  readonly block: number
}

export interface BlockOptions {
  /** Whether the kernel of this name may be blocked. All may where not given. */
  readonly select?: (name: string) => boolean
}

/**
 * A copy of a graph whose convolutions work on blocks of `block` channels, as ONNX Runtime's own optimiser makes them
 * on the CPU, and the list of their kernels. The optimiser copies every kernel while a model loads; here the graph asks
 * for kernels that already lie in that order, so they can be mapped. Convolutions of one pixel gain less than it costs
 * to reorder their images, and stay as they are, as do those whose channels do not divide into blocks.
 */
export function blockConvolutions(
  graph: Graph,
  block: number,
  { select = () => true }: BlockOptions = {},
): { readonly graph: Graph; readonly kernels: readonly BlockedKernel[] } {
  const kernels = new Map<string, BlockedKernel>()
  const rewritten = rewriteGraph(graph, (node, copyOf, copy) => {
    const kernel = kernelOf(graph, node, block)
    const [x, , bias] = node.inputs
    const [y] = node.outputs
    if (!kernel || !x || !y || !select(kernel.name)) return undefined
    kernels.set(kernel.name, kernel)
    const weight = copy.parameter(kernel.values, 'float32', kernel.shape)
    const add = (opType: string, inputs: readonly (Value | undefined)[], shape: Shape, attributes = {}): Value =>
      only(copy.add({ opType, domain: blocked, inputs, attributes, outputs: [{ dtype: 'float32', shape }] }))
    const source = add('ReorderInput', [copyOf(x)], x.shape)
    const result = add('Conv', [source, weight, bias && copyOf(bias)], y.shape, node.attributes)
    return [add('ReorderOutput', [result], y.shape, { channels: int(numberAt(kernel.shape, 0)) })]
  })
  return { graph: rewritten, kernels: [...kernels.values()] }
}

/** The kernel of a plain convolution over images whose channels divide into blocks. */
function kernelOf(
  graph: Graph,
  { opType, domain, inputs, attributes }: GraphNode,
  block: number,
): BlockedKernel | undefined {
  const [, weight] = inputs
  if (opType !== 'Conv' || domain !== '' || weight?.dtype !== 'float32' || !graph.isParameter(weight)) return undefined
  const shape = weight.shape.map(Number)
  const [out = 0, channels = 0, height = 0, width = 0] = shape
  const { group } = attributes
  const isWhole = group === undefined || (group.type === 'int' && group.value === 1)
  if (!isWhole || shape.length !== 4 || height * width === 1 || out % block !== 0 || channels % block !== 0) {
    return undefined
  }
  return { name: weight.name, values: `${weight.name}:blocks-of-${block}`, shape, block }
}

function only([value]: readonly Value[]): Value {
  if (!value) throw new Error('One output was asked for, but none came back')
  return value
}
