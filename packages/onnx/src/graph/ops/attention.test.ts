import { describe, expect, test } from 'vitest'
import * as plain from '../../layers/testing.ts'
import { randomTensor } from '../../layers/testing.ts'
import { evaluate } from '../../runtime/session.ts'
import { serializeModel } from '../../serialize/model.ts'
import { Graph, type Value } from '../graph.ts'
import * as ops from './index.ts'

const [batch, queries, keys, heads, head] = [2, 5, 7, 4, 3]
const width = heads * head
const [q, k, v] = [
  randomTensor([batch, queries, width], 1),
  randomTensor([batch, keys, width], 2),
  randomTensor([batch, keys, width], 3),
] as const

async function run(build: (q: Value, k: Value, v: Value) => Value, opset?: number) {
  const graph = new Graph(opset === undefined ? {} : { opset })
  const inputs = [q, k, v].map((tensor, index) => graph.input('qkv'[index] ?? '', 'float32', tensor.shape))
  const y = graph.output('y', build(...(inputs as [Value, Value, Value])))
  const result = (await evaluate(graph, { q, k, v }))['y']
  expect(result?.shape).toEqual(y.shape)
  return { graph, values: [...((result?.data ?? []) as Float32Array)] }
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length)
  for (const [index, value] of expected.entries()) expect(actual[index]).toBeCloseTo(value, 5)
}

const expected = plain.attention([...q.data], [...k.data], [...v.data], {
  batch,
  heads,
  width,
  queries,
  keys,
})

describe('attention of operator set 23', () => {
  test.each([undefined, 23, 24])('gives the formula in a graph of operator set %s, which it raises', async (opset) => {
    const { graph, values } = await run((q, k, v) => ops.attention(q, k, v, { heads }), opset)
    expectClose(values, expected)
    expect(graph.opset).toBe(opset ?? 23)
    expect(serializeModel(graph).bytes.length).toBeGreaterThan(0)
  })

  test('takes operands split into heads', async () => {
    const split = (x: Value): Value =>
      ops.transpose(ops.reshape(x, [batch, x.shape[1] ?? 0, heads, head]), [0, 2, 1, 3])
    const { values } = await run((q, k, v) => {
      const mixed = ops.attention(split(q), split(k), split(v))
      expect(mixed.shape).toEqual([batch, heads, queries, head])
      return ops.reshape(ops.transpose(mixed, [0, 2, 1, 3]), [batch, queries, width])
    })
    expectClose(values, expected)
  })

  test('lets each query see the keys up to its own place', async () => {
    const { values } = await run((_, k, v) => ops.attention(k, k, v, { heads, causal: true }))
    const size = { batch, heads, width, queries: keys, keys, causal: true }
    expectClose(values, plain.attention([...k.data], [...k.data], [...v.data], size))
  })

  test('adds a mask, scales, and lets several heads share one of the keys', async () => {
    const mask = randomTensor([queries, keys], 4)
    const shared = (x: Value): Value => ops.slice(x, 2, 0, 2 * head)
    const own = await run((q, k, v) => {
      const options = { heads, keyHeads: 2, scale: 0.7, mask: q.graph.constant(mask) }
      return ops.attention(q, shared(k), shared(v), options)
    })
    const formula = await run((q, k, v) => {
      // Heads 0 and 1 of the queries look at head 0 of the keys, 2 and 3 at head 1.
      const parts = ops.chunk(q, heads, 2).map((part, index) => {
        const of = (x: Value): Value =>
          ops.slice(x, 2, Math.floor(index / 2) * head, (Math.floor(index / 2) + 1) * head)
        const scores = ops.mul(ops.matMul(part, ops.transpose(of(k), [0, 2, 1])), 0.7)
        return ops.matMul(ops.softmax(ops.add(scores, q.graph.constant(mask))), of(v))
      })
      return ops.concat(parts, 2)
    })
    expectClose(own.values, formula.values)
  })

  test.each<[string, (q: Value, k: Value, v: Value) => Value, RegExp]>([
    ['no heads for rank 3', (q, k, v) => ops.attention(q, k, v), /Attention: expected heads for operands of rank 3/],
    [
      'heads that do not divide',
      (q, k, v) => ops.attention(q, k, v, { heads: 5 }),
      /the width 12 to divide into 5 heads/,
    ],
    [
      'keys of another width',
      (q, k, v) => ops.attention(q, ops.slice(k, 2, 0, 8), v, { heads }),
      /width of a head of key/,
    ],
    [
      'values of another length',
      (q, k, v) => ops.attention(q, k, ops.slice(v, 1, 0, 6), { heads }),
      /the length of value/,
    ],
    ['heads that share unevenly', (q, k, v) => ops.attention(q, k, v, { heads, keyHeads: 3 }), /4 heads to share 3/],
  ])('throws where it is built: %s', async (_, build, message) => {
    await expect(run(build)).rejects.toThrow(message)
  })
})
