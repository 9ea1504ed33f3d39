import { describe, expect, test } from 'vitest'
import { Graph, type Value } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { evaluate } from '../runtime/session.ts'
import { attention, type AttentionOptions } from './attention.ts'
import { withAttentionForm } from './attention-form.ts'
import { randomTensor } from './testing.ts'

const shapes = { q: [2, 6, 8], k: [2, 6, 8], v: [2, 6, 8], b: [1, 2, 6, 6] }
const feeds = Object.fromEntries(Object.entries(shapes).map(([name, shape], seed) => [name, randomTensor(shape, seed)]))

function fused(options: Omit<AttentionOptions, 'heads' | 'bias'> & { biased?: boolean }): Graph {
  const graph = new Graph()
  const [q, k, v, b] = Object.entries(shapes).map(([name, shape]) => graph.input(name, 'float32', shape)) as Value[]
  const { biased, ...rest } = options
  graph.output('y', attention(q!, k!, v!, { heads: 2, ...rest, ...(biased ? { bias: b! } : {}) }))
  graph.output('bias', ops.neg(b!))
  return graph
}

const opTypes = (graph: Graph): readonly string[] => graph.nodes.map(({ opType }) => opType)

describe('another form of attention', () => {
  test.each([
    ['of its own scale', { scale: 0.3 }],
    ['that is causal', { causal: true }],
    ['with a bias', { biased: true }],
    ['without any', {}],
  ])('gives what the fused operator gives %s', async (_, options) => {
    const graph = fused(options)
    const { y } = await evaluate(graph, feeds)
    for (const form of ['chunked', 'plain'] as const) {
      const copy = withAttentionForm(graph, form)
      expect(opTypes(copy)).not.toContain('MultiHeadAttention')
      const other = (await evaluate(copy, feeds))['y']
      for (const [index, value] of y!.data.entries()) expect(other!.data[index]).toBeCloseTo(Number(value), 5)
    }
  })

  test('leaves a graph alone that is to be fused or has no attention', () => {
    const graph = fused({})
    expect(withAttentionForm(graph, 'fused')).toBe(graph)
    const plain = withAttentionForm(graph, 'plain')
    expect(withAttentionForm(plain, 'chunked')).toBe(plain)
  })
})
