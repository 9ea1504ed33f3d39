import { GraphError } from '../graph/graph-error.ts'
import * as ops from '../graph/ops/index.ts'
import { shapesMatch, showShape } from '../graph/shape.ts'
import { showValue, type GraphNode, type Value } from '../graph/graph.ts'
import { isFloatDType } from '../tensor/dtype.ts'
import { rules } from './rules/index.ts'

/**
 * The gradients of a scalar with respect to values of its graph, by reverse mode (Griewank & Walther 2008, chapter 3),
 * as further values of the graph. A value that the scalar does not depend on gets zeros.
 */
export function gradientsOf(loss: Value, values: readonly Value[]): readonly Value[] {
  if (loss.shape.some((dim) => dim !== 1)) {
    throw new GraphError(`A loss is a scalar; reduce ${showValue(loss)} with reduceSum or reduceMean first`)
  }
  const { graph } = loss
  const foreign = values.find((value) => value.graph !== graph)
  if (foreign) throw new GraphError(`${showValue(foreign)} belongs to another graph than the loss ${showValue(loss)}`)
  const path = pathTo(loss, values)
  const gradients = new Gradients(path)
  gradients.add(loss, ops.full(graph, loss.dtype, loss.shape, 1))
  graph.scope('gradient', () => {
    for (const node of path.nodes.toReversed()) propagate(node, gradients)
  })
  return values.map((value) => gradients.get(value) ?? ops.full(graph, value.dtype, value.shape, 0))
}

interface Path {
  /** What the loss depends on and what depends on the values, in the order of the graph. */
  readonly nodes: readonly GraphNode[]
  readonly values: ReadonlySet<Value>
}

function pathTo(loss: Value, values: readonly Value[]): Path {
  const reached = new Set<Value>(values)
  const nodes: GraphNode[] = []
  const ancestors = ancestorsOf(loss)
  for (const node of loss.graph.nodes) {
    if (!ancestors.has(node) || !node.inputs.some((input) => input && reached.has(input))) continue
    nodes.push(node)
    for (const output of node.outputs) if (isFloatDType(output.dtype)) reached.add(output)
  }
  return { nodes, values: reached }
}

function ancestorsOf(value: Value): ReadonlySet<GraphNode> {
  const found = new Set<GraphNode>()
  const open = [value]
  for (let next = open.pop(); next; next = open.pop()) {
    const { producer } = next
    if (!producer || found.has(producer)) continue
    found.add(producer)
    open.push(...producer.inputs.filter((input) => input !== undefined))
  }
  return found
}

/** Gradients while they are being summed up. */
class Gradients {
  readonly #path: Path
  readonly #sums = new Map<Value, Value>()

  constructor(path: Path) {
    this.#path = path
  }

  get(value: Value): Value | undefined {
    return this.#sums.get(value)
  }

  add(value: Value, gradient: Value): void {
    if (!this.#path.values.has(value)) return
    if (!shapesMatch(value.shape, gradient.shape)) {
      throw new GraphError(`The gradient of ${showValue(value)} came out as ${showShape(gradient.shape)}`)
    }
    const sum = this.#sums.get(value)
    this.#sums.set(value, sum ? ops.add(sum, gradient) : gradient)
  }
}

function propagate(node: GraphNode, gradients: Gradients): void {
  const all = node.outputs.map((output) => gradients.get(output))
  const [y] = node.outputs
  const [first] = all
  if (!y || all.every((gradient) => gradient === undefined)) return
  const custom = y.graph.customGradientOf(y)
  if (custom && first) {
    for (const [index, gradient] of custom.rule(first).entries()) {
      const input = custom.inputs[index]
      if (input && gradient) gradients.add(input, gradient)
    }
    return
  }
  const rule = rules.get(node.domain === '' ? node.opType : `${node.domain}.${node.opType}`)
  if (!rule) {
    throw new GraphError(
      `${node.opType} (${node.name}) has no gradient rule. Known: ${[...rules.keys()].sort().join(', ')}. ` +
        'Attention must be plain where it is differentiated: new Scope(graph, { attention: "plain" })',
    )
  }
  const input = (index: number): Value => {
    const value = node.inputs[index]
    if (value) return value
    throw new GraphError(`${node.name}: its gradient needs input ${index}, which is absent`)
  }
  const g = first ?? ops.full(y.graph, y.dtype, y.shape, 0)
  for (const [index, gradient] of rule({ node, g, all, y, input }).entries()) {
    const source = node.inputs[index]
    if (source && gradient) gradients.add(source, gradient)
  }
}
