import { GraphError } from './graph-error.ts'
import { showValue, type Graph, type GraphNode, type Value } from './graph.ts'
import { shapesMatch, showShape } from './shape.ts'
/**
 * The versions of the operator set in which an operator got another meaning or form, from version 7 on: a node written
 * before such a version must not be read after it. (Versions that only added dtypes are left out.)
 */
const changes: Readonly<Record<string, readonly number[]>> = {
  AveragePool: [10, 19],
  BatchNormalization: [9, 14, 15],
  Clip: [11],
  CumSum: [14],
  DequantizeLinear: [13],
  Dropout: [12],
  Gemm: [11],
  GroupNormalization: [21],
  LogSoftmax: [13],
  OneHot: [11],
  Pad: [11],
  QuantizeLinear: [13],
  ReduceL1: [18],
  ReduceL2: [18],
  ReduceLogSum: [18],
  ReduceLogSumExp: [18],
  ReduceMax: [18],
  ReduceMean: [18],
  ReduceMin: [18],
  ReduceProd: [18],
  ReduceSum: [13],
  ReduceSumSquare: [18],
  Resize: [11, 13, 18],
  Scatter: [11],
  Slice: [10],
  Softmax: [13],
  Split: [13, 18],
  Squeeze: [13],
  TopK: [10, 11],
  Unsqueeze: [13],
  Upsample: [9, 10],
}

export interface SpliceOptions {
  /** Put before the names of the parameters, and of the nodes. Default: nothing. */
  readonly prefix?: string
}

/**
 * Copies `source` into the graph `target`: its inputs become the given values, its parameters parameters of the target.
 * Gives what its outputs are there. Throws where an input is missing or does not fit, or where the two are written for
 * operator sets between which an operator of `source` changed.
 */
export function spliceGraph(
  target: Graph,
  source: Graph,
  inputs: Readonly<Record<string, Value>>,
  { prefix = '' }: SpliceOptions = {},
): ReadonlyMap<string, Value> {
  requireOneOpset(target, source)
  const copies = new Map<Value, Value>()
  for (const input of source.inputs) {
    const given = inputs[input.name]
    if (!given) throw new GraphError(`The spliced graph needs a value for its input ${showValue(input)}`)
    if (given.dtype !== input.dtype || !shapesMatch(input.shape, given.shape)) {
      throw new GraphError(`The spliced graph needs ${showValue(input)}, but was given ${showValue(given)}`)
    }
    copies.set(input, given)
  }
  const unknown = Object.keys(inputs).find((name) => !source.inputs.some((input) => input.name === name))
  if (unknown !== undefined) {
    const names = source.inputs.map(({ name }) => name).join(', ')
    throw new GraphError(`The spliced graph has no input "${unknown}"; it has ${names || 'none'}`)
  }
  const copyOf = (value: Value): Value => {
    const copy = copies.get(value) ?? copyLeaf(source, target, value, prefix)
    copies.set(value, copy)
    return copy
  }
  const copyNode = ({ opType, domain, attributes, outputs, inputs: own }: GraphNode): void => {
    const made = target.add({ opType, domain, attributes, outputs, inputs: own.map((input) => input && copyOf(input)) })
    for (const [index, output] of outputs.entries()) {
      const copy = made[index]
      if (copy) copies.set(output, copy)
    }
  }
  const copyAll = (): void => {
    for (const node of source.nodes) copyNode(node)
  }
  if (prefix === '') copyAll()
  else target.scope(prefix.replace(/[./]$/, ''), copyAll)
  return new Map([...source.outputs].map(([name, value]) => [name, copyOf(value)]))
}

function copyLeaf(source: Graph, target: Graph, value: Value, prefix: string): Value {
  const tensor = source.constantOf(value)
  if (tensor) return target.constant(tensor)
  if (source.isParameter(value)) return target.parameter(prefix + value.name, value.dtype, value.shape.map(Number))
  throw new GraphError(`${showValue(value)} ${showShape(value.shape)} is no part of the spliced graph`)
}

function requireOneOpset(target: Graph, source: Graph): void {
  const [low, high] = [Math.min(target.opset, source.opset), Math.max(target.opset, source.opset)]
  const older = target.opset < source.opset ? target : source
  for (const { opType, domain, name, attributes } of older.nodes) {
    if (low !== high && Object.values(attributes).some(({ type }) => type === 'graph')) {
      throw new GraphError(
        `Cannot splice a graph of operator set ${source.opset} into one of ${target.opset}: what is inside ${opType} (${name}) ` +
          `may have changed. Build the newer graph with new Graph({ opset: ${low} }), or export the model anew`,
      )
    }
    const changed = domain === '' ? changes[opType]?.find((version) => version > low && version <= high) : undefined
    if (changed !== undefined) {
      throw new GraphError(
        `Cannot splice a graph of operator set ${source.opset} into one of ${target.opset}: ${opType} (${name}) changed in ` +
          `version ${changed}. Build the newer graph with new Graph({ opset: ${low} }), or export the model anew`,
      )
    }
  }
  target.requireOpset(source.opset)
}
