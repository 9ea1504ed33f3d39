import { describe, expect, test } from 'vitest'
import { cosineRate, linearRate, warmupRate } from '../gradient/learning-rate.ts'
import { binaryCrossEntropy, crossEntropy, meanAbsoluteError, meanSquaredError } from '../gradient/losses.ts'
import { initialParameters } from '../gradient/initialize.ts'
import type { TrainStepOptions } from '../gradient/train-step.ts'
import { Graph, type Value } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { linear, Scope } from '../layers/index.ts'
import { randomTensor } from '../layers/testing.ts'
import { float32, int64, type AnyTensor } from '../tensor/tensor.ts'
import { evaluate } from './session.ts'
import { Trainer } from './trainer.ts'

/** loss = Σ c·w for a fed c: the gradient of w is c itself. */
function steepness(): Value {
  const graph = new Graph()
  const w = graph.parameter('w', 'float32', [3])
  return ops.reduceSum(ops.mul(w, graph.input('c', 'float32', [3])), { keepDims: false })
}

const start = [1, -2, 0.5]
const slopes = [
  [0.5, -1, 2],
  [1, 1, -3],
  [0, 2, 1],
]

async function train(
  options: TrainStepOptions & { learningRate?: number; accumulate?: number },
  feeds: readonly number[][] = slopes,
) {
  const trainer = await Trainer.create(steepness(), {
    learningRate: 0.1,
    initial: { w: float32([3], start) },
    ...options,
  })
  const results = []
  for (const c of feeds) results.push(await trainer.step({ c: float32([3], c) }))
  const parameters = [...trainer.parameters()['w']!.data]
  const averages = options.emaDecay === undefined ? undefined : [...trainer.averages()['w']!.data]
  await trainer.dispose()
  return { parameters, averages, results, state: trainer.state() }
}

const expectClose = (got: readonly number[], expected: readonly number[]): void => {
  expect(got.length).toBe(expected.length)
  for (const [index, value] of got.entries()) expect(value).toBeCloseTo(expected[index]!, 5)
}

describe('the optimizer', () => {
  test('AdamW follows Loshchilov & Hutter (2019), Algorithm 2', async () => {
    const { parameters } = await train({
      optimizer: { type: 'adamw', beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.05 },
    })
    const expected = start.map((first, k) => {
      let [w, m, v] = [first, 0, 0]
      for (const [index, slope] of slopes.entries()) {
        const g = slope[k]!
        m = 0.8 * m + 0.2 * g
        v = 0.9 * v + 0.1 * g * g
        const corrected = m / (1 - 0.8 ** (index + 1)) / (Math.sqrt(v / (1 - 0.9 ** (index + 1))) + 1e-3)
        w = w - 0.1 * (corrected + 0.05 * w)
      }
      return w
    })
    expectClose(parameters, expected)
  })

  test.each([
    { nesterov: false, weightDecay: 0 },
    { nesterov: true, weightDecay: 0.1 },
  ])(
    'SGD with momentum accumulates a velocity (nesterov $nesterov, decay $weightDecay)',
    async ({ nesterov, weightDecay }) => {
      const { parameters } = await train({ optimizer: { type: 'sgd', momentum: 0.9, nesterov, weightDecay } })
      const expected = start.map((first, k) => {
        let [w, velocity] = [first, 0]
        for (const slope of slopes) {
          const g = slope[k]! + weightDecay * w
          velocity = 0.9 * velocity + g
          w -= 0.1 * (nesterov ? g + 0.9 * velocity : velocity)
        }
        return w
      })
      expectClose(parameters, expected)
    },
  )

  test('clips gradients together to the norm it is given, and tells the norm they had', async () => {
    const { parameters, results } = await train({ optimizer: { type: 'sgd' }, maxGradientNorm: 1 }, [[3, 0, 4]])
    expect(results[0]!.gradientNorm).toBeCloseTo(5, 5)
    expectClose(parameters, [1 - 0.1 * 0.6, -2, 0.5 - 0.1 * 0.8])
    const small = await train({ optimizer: { type: 'sgd' }, maxGradientNorm: 10 }, [[3, 0, 4]])
    expectClose(small.parameters, [1 - 0.3, -2, 0.5 - 0.4])
  })

  test('keeps running averages of the parameters', async () => {
    const { averages } = await train({ optimizer: { type: 'sgd' }, emaDecay: 0.75 })
    const expected = start.map((first, k) => {
      let [w, average] = [first, first]
      for (const slope of slopes) {
        w -= 0.1 * slope[k]!
        average = 0.75 * average + 0.25 * w
      }
      return average
    })
    expectClose(averages!, expected)
  })

  test('accumulates the gradients of small batches into one step of their mean', async () => {
    const { parameters, results } = await train({ optimizer: { type: 'sgd', momentum: 0.5 }, accumulate: 3 }, [
      ...slopes,
      ...slopes,
    ])
    const mean = slopes[0]!.map((_, k) => slopes.reduce((sum, slope) => sum + slope[k]! / 3, 0))
    expectClose(parameters, (await train({ optimizer: { type: 'sgd', momentum: 0.5 } }, [mean, mean])).parameters)
    expect(results.map(({ updated }) => updated)).toEqual([false, false, true, false, false, true])
  })

  test('continues from a saved state as if it had not stopped', async () => {
    const options = { optimizer: { type: 'adamw' }, emaDecay: 0.9, learningRate: warmupRate(0.1, 5) } as const
    const whole = await Trainer.create(steepness(), { ...options, initial: { w: float32([3], start) } })
    for (const c of slopes) await whole.step({ c: float32([3], c) })
    const first = await Trainer.create(steepness(), { ...options, initial: { w: float32([3], start) } })
    await first.step({ c: float32([3], slopes[0]!) })
    const second = await Trainer.create(steepness(), { ...options, initial: first.state(), stepsDone: first.steps })
    for (const c of slopes.slice(1)) await second.step({ c: float32([3], c) })
    expect(second.state()).toEqual(whole.state())
    for (const trainer of [whole, first, second]) await trainer.dispose()
  })

  test('trains only what it is told, and takes the rest from where it is bound', async () => {
    const graph = new Graph()
    const fixed = graph.parameter('fixed', 'float32', [1])
    const loss = ops.reduceSum(ops.mul(fixed, graph.parameter('moving', 'float32', [1])), { keepDims: false })
    const trainer = await Trainer.create(loss, {
      optimizer: { type: 'sgd' },
      learningRate: 0.5,
      trainable: (name) => name === 'moving',
      initial: { moving: float32([1], [1]) },
      bind: () => ({ type: 'tensor', tensor: float32([1], [3]) }),
    })
    await trainer.step({})
    expect(Object.entries(trainer.parameters()).map(([name, { data }]) => [name, ...data])).toEqual([['moving', -0.5]])
    await trainer.dispose()
  })

  test('says which first value is missing or has the wrong shape', async () => {
    const create = (initial: Record<string, AnyTensor>) =>
      Trainer.create(steepness(), { optimizer: { type: 'sgd' }, learningRate: 1, initial })
    await expect(create({})).rejects.toThrow('Training needs a first value of "w" [3]')
    await expect(create({ w: float32([2], [1, 2]) })).rejects.toThrow(
      '"w" is float32 [2], but training needs float32 [3]',
    )
  })
})

test('learning rates rise, hold and fall as their names say', () => {
  const options = { peak: 2, warmup: 4, total: 12, floor: 0.5 }
  expect([0, 1, 3, 9].map(warmupRate(2, 4))).toEqual([0.5, 1, 2, 2])
  expect([0, 3, 4, 8, 12, 99].map(linearRate(options))).toEqual([0.5, 2, 2, 1.25, 0.5, 0.5])
  expectClose([3, 4, 6, 8, 12, 99].map(cosineRate(options)), [2, 2, 0.5 + 0.75 * (1 + Math.SQRT1_2), 1.25, 0.5, 0.5])
})

test('losses are their formulas', async () => {
  const graph = new Graph()
  const [x, t] = [graph.input('x', 'float32', [2, 3]), graph.input('t', 'float32', [2, 3])]
  graph.output('mse', meanSquaredError(x, t))
  graph.output('mae', meanAbsoluteError(x, t))
  graph.output('bce', binaryCrossEntropy(x, t))
  graph.output('ce', crossEntropy(x, graph.constant(int64([2], [2, 0]))))
  const feeds = { x: randomTensor([2, 3], 1), t: randomTensor([2, 3], 2) }
  const got = await evaluate(graph, feeds)
  const [xs, ts] = [[...feeds.x.data], [...feeds.t.data]]
  const mean = (of: (x: number, t: number) => number): number =>
    xs.reduce((sum, each, i) => sum + of(each, ts[i]!) / 6, 0)
  const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value))
  const nll = (row: number, chosen: number): number =>
    Math.log([0, 1, 2].reduce((sum, k) => sum + Math.exp(xs[row * 3 + k]!), 0)) - xs[row * 3 + chosen]!
  const expected = {
    mse: mean((a, b) => (a - b) ** 2),
    mae: mean((a, b) => Math.abs(a - b)),
    bce: mean((a, b) => -b * Math.log(sigmoid(a)) - (1 - b) * Math.log(1 - sigmoid(a))),
    ce: (nll(0, 2) + nll(1, 0)) / 2,
  }
  for (const [name, value] of Object.entries(expected)) expect(got[name]!.data[0]).toBeCloseTo(value, 5)
})

test('two layers learn exclusive or', async () => {
  const graph = new Graph()
  const scope = new Scope(graph)
  const x = graph.input('x', 'float32', [4, 2])
  const hidden = ops.tanh(linear(scope.at('hidden'), x, { out: 8 }))
  const loss = binaryCrossEntropy(linear(scope.at('out'), hidden, { out: 1 }), graph.input('t', 'float32', [4, 1]))
  const trainer = await Trainer.create(loss, {
    optimizer: { type: 'adamw' },
    learningRate: 0.05,
    initial: initialParameters(graph, 1),
  })
  const feeds = { x: float32([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]), t: float32([4, 1], [0, 1, 1, 0]) }
  const losses: number[] = []
  for (let step = 0; step < 200; step++) losses.push((await trainer.step(feeds)).loss)
  expect(losses[0]!).toBeGreaterThan(0.6)
  expect(losses.at(-1)!).toBeLessThan(0.05)
  await trainer.dispose()
})

test('first values are the same for a seed, within their bound, and one for norms', () => {
  const build = (): Graph => {
    const graph = new Graph()
    graph.parameter('norm.weight', 'float32', [4])
    graph.parameter('norm.bias', 'float32', [4])
    graph.parameter('conv.weight', 'float32', [8, 4, 5, 5])
    graph.parameter('conv.bias', 'float32', [8])
    return graph
  }
  const values = initialParameters(build(), 3)
  expect(initialParameters(build(), 3)).toEqual(values)
  expect(initialParameters(build(), 4)['conv.weight']).not.toEqual(values['conv.weight'])
  expect([...values['norm.weight']!.data, ...values['norm.bias']!.data]).toEqual([1, 1, 1, 1, 0, 0, 0, 0])
  const weights = [...values['conv.weight']!.data, ...values['conv.bias']!.data]
  expect(Math.max(...weights.map(Math.abs))).toBeGreaterThan(0.098)
  expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(0.1)
  expect(Math.abs(weights.reduce((sum, value) => sum + value, 0) / weights.length)).toBeLessThan(0.01)
})
