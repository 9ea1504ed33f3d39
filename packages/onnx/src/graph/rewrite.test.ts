import { describe, expect, test } from 'vitest'
import { serializeModel } from '../serialize/model.ts'
import { float32 } from '../tensor/tensor.ts'
import { Graph } from './graph.ts'
import * as ops from './ops/index.ts'
import { rewriteGraph } from './rewrite.ts'

function sample(): Graph {
  const graph = new Graph()
  const x = graph.input('x', 'float32', ['n', 4])
  const w = graph.parameter('w', 'float32', [4, 4])
  const [left, right] = ops.chunk(ops.matMul(x, w), 2, 1)
  if (!left || !right) throw new Error('expected two parts')
  const active = graph.scope('block.0', () => ops.relu(left))
  graph.output('y', ops.add(active, ops.mul(right, graph.constant(float32([2], [1, 2])))))
  return graph
}

const bind = { type: 'tensor', tensor: float32([4, 4], new Float32Array(16)) } as const

describe('rewriting a graph', () => {
  test('that replaces nothing gives a model of the same inputs, nodes and outputs', () => {
    const graph = sample()
    const copy = rewriteGraph(graph, () => undefined)
    expect(copy.nodes.map(({ opType }) => opType)).toEqual(graph.nodes.map(({ opType }) => opType))
    const names = (model: Graph): unknown =>
      [model.inputs, model.parameters].map((values) => values.map(({ name }) => name))
    expect(names(copy)).toEqual(names(graph))
    expect(serializeModel(copy, () => bind).bytes).toEqual(serializeModel(graph, () => bind).bytes)
  })

  test('puts other values where a node was, and leaves out parameters that nothing reads any more', () => {
    const copy = rewriteGraph(sample(), (node, copyOf) => {
      const [x] = node.inputs
      return node.opType === 'MatMul' && x ? [ops.neg(copyOf(x))] : undefined
    })
    expect(copy.nodes[0]?.opType).toBe('Neg')
    expect(copy.parameters).toEqual([])
  })

  test('refuses a replacement with too few values', () => {
    expect(() => rewriteGraph(sample(), (node) => (node.opType === 'Split' ? [] : undefined))).toThrow('gives 2 values')
  })
})
