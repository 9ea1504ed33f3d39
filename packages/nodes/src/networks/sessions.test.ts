import {
  attention,
  createWeightSource,
  float32,
  Graph,
  ops,
  requireWeight,
  weightOf,
  type Session,
} from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { createSessions, type SessionRequest } from './sessions.ts'

/** y = w · x with 4 bytes of weights; counts how often it was built. */
function model(key: string, factor = 2): SessionRequest & { builds: number } {
  const request = {
    key,
    builds: 0,
    build() {
      request.builds++
      const graph = new Graph()
      graph.output('y', ops.mul(graph.input('x', 'float32', [1]), graph.parameter('w', 'float32', [1])))
      return { graph, weights: createWeightSource([weightOf('w', float32([1], [factor]))]) }
    },
  }
  return request
}

const run = async (session: Session) => (await session.run({ x: float32([1], [3]) })).y?.data[0]

describe('sessions', () => {
  test('load a model once and keep it, whoever asks', async () => {
    const sessions = createSessions()
    const first = model('a')
    expect(await Promise.all([sessions.with(first, run), sessions.with(first, run)])).toEqual([6, 6])
    expect(await sessions.with(first, run)).toBe(6)
    expect(first.builds).toBe(1)
    await sessions.clear()
  })

  test('free the model unused for longest when over the budget', async () => {
    const sessions = createSessions({ budgetBytes: 8 })
    const [a, b, c] = [model('a'), model('b'), model('c')]
    for (const request of [a, b, a, c, a]) await sessions.with(request, run)
    await sessions.with(b, run)
    expect([a.builds, b.builds, c.builds]).toEqual([1, 2, 1])
    await sessions.clear()
  })

  test('keep the model used last, however large, until another is used', async () => {
    const sessions = createSessions({ budgetBytes: 0 })
    const [a, b] = [model('a'), model('b')]
    for (const request of [a, a, a, b, b, a]) await sessions.with(request, run)
    expect([a.builds, b.builds]).toEqual([2, 1])
    await sessions.clear()
  })

  test('count mapped weights for the little that they keep of the memory', async () => {
    const sessions = createSessions({ budgetBytes: 4, strategy: 'mapped' })
    const requests = [model('a'), model('b'), model('c')]
    for (const request of [...requests, ...requests]) await sessions.with(request, run)
    expect(requests.map(({ builds }) => builds)).toEqual([1, 1, 1])
    await sessions.clear()
  })

  test('never free a model that is in use', async () => {
    const sessions = createSessions({ budgetBytes: 0 })
    const result = await sessions.with(model('a'), async (session) => {
      await sessions.with(model('b', 5), run)
      await sessions.clear()
      return run(session)
    })
    expect(result).toBe(6)
  })

  test('compute attention in the form that their device computes rightly', async () => {
    // The fused operator refuses a bias that broadcasts over the queries, so that it shows which form was loaded.
    const request: SessionRequest = {
      key: 'attention',
      build() {
        const graph = new Graph()
        const x = graph.input('x', 'float32', [1, 2, 4])
        const bias = graph.constant(float32([1, 1, 1, 2], [0, 0]))
        graph.output('y', attention(x, x, x, { heads: 2, bias }))
        return { graph, weights: createWeightSource([]) }
      },
    }
    const feeds = { x: float32([1, 2, 4], [1, 2, 3, 4, 1, 2, 3, 4]) }
    const first = async (session: Session) => (await session.run(feeds)).y?.data[0]
    await expect(createSessions().with(request, first)).rejects.toThrow('attention_bias')
    const sessions = createSessions({ attention: 'chunked' })
    expect(await sessions.with(request, first)).toBeCloseTo(1, 3)
    await sessions.clear()
  })

  const width = 128
  const ones = (name: string, ...shape: number[]) => {
    const values = new Float32Array(shape.reduce((count, size) => count * size, 1)).fill(1)
    return requireWeight(createWeightSource([weightOf(name, float32(shape, values))]), name)
  }
  const target = { part: 'denoiser', weight: 'w', scale: 1 } as const
  // A change of 1 everywhere, which runs beside the weight, and one that is added to it.
  test.each([
    ['beside it', { ...target, form: 'low-rank', up: ones('up', width, 1), down: ones('down', 1, width) }],
    ['to it', { ...target, form: 'kronecker', factors: [ones('a', 1, 1), ones('b', width, width)] }],
  ] as const)('quantise no weight that a LoRA changes without its change, when that is added %s', async (_, update) => {
    const request = (factor: number): SessionRequest => ({
      key: `times ${factor}`,
      build() {
        const graph = new Graph()
        const x = graph.input('x', 'float32', [1, width])
        graph.output('y', ops.gemm(x, graph.parameter('w', 'float32', [width, width]), undefined, { transB: true }))
        return {
          graph,
          weights: createWeightSource([ones('w', width, width)]),
          updates: [{ update, strength: factor - 1 }],
        }
      },
    })
    const sessions = createSessions({ strategy: 'int8' })
    const feeds = { x: float32([1, width], new Float32Array(width).fill(1)) }
    const first = async (session: Session) => (await session.run(feeds)).y?.data[0]
    expect(await sessions.with(request(1), first)).toBeCloseTo(width, 3)
    expect(await sessions.with(request(3), first)).toBeCloseTo(3 * width, 3)
    await sessions.clear()
  })

  test('try a model again that failed to load', async () => {
    const sessions = createSessions()
    const broken: SessionRequest = {
      key: 'a',
      build: () => ({ ...model('a').build(), weights: createWeightSource([]) }),
    }
    await expect(sessions.with(broken, run)).rejects.toThrow('has no weight "w"')
    expect(await sessions.with(model('a'), run)).toBe(6)
    await sessions.clear()
  })
})
