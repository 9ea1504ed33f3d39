import { describe, expect, test } from 'vitest'
import type { Tensor } from '@patchbay/onnx/tensor'
import { dot, maximumDifference, meanOf, sliceBatch, standardDeviationOf } from '../tensor/index.ts'
import { createStepNoise, initialNoise, noiseGenerators } from './noise.ts'
import { TorchCpuGenerator } from './torch-cpu.ts'

const correlation = (a: Tensor, b: Tensor) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))

describe.each(noiseGenerators)('noise from %s', (generator) => {
  // One draw for the whole batch is what sets torch-cpu-batch apart: item k is no single run's.
  test.skipIf(generator === 'torch-cpu-batch')(
    'gives item k of a batch the noise of a single run with seed + k',
    () => {
      const shape = [3, 4, 5, 6]
      const batch = initialNoise({ seed: 2n ** 64n - 2n, shape, generator })
      const steps = createStepNoise({ seed: 2n ** 64n - 2n, shape, generator })
      for (const [k, seed] of [2n ** 64n - 2n, 2n ** 64n - 1n, 0n].entries()) {
        const single = { seed, shape: [1, 4, 5, 6], generator }
        expect(sliceBatch(batch, k, k + 1).data).toEqual(initialNoise(single).data)
        expect(sliceBatch(steps.independent(2), k, k + 1).data).toEqual(createStepNoise(single).independent(2).data)
        expect(sliceBatch(steps.brownian(3, 2), k, k + 1).data).toEqual(createStepNoise(single).brownian(3, 2).data)
      }
    },
  )
})

describe.each(noiseGenerators)('noise from %s', (generator) => {
  test('of a step does not depend on the steps drawn before', () => {
    const source = { seed: 5, shape: [1, 64], generator }
    const [inOrder, backwards] = [createStepNoise(source), createStepNoise(source)]
    const forward = [0, 1, 2].map((draw) => inOrder.independent(draw).data)
    expect([2, 1, 0].map((draw) => backwards.independent(draw).data).reverse()).toEqual(forward)
    expect(new Set(forward.map(String)).size).toBe(3)
  })
})

describe('one generator for a batch', () => {
  const source = { seed: 5, shape: [3, 4, 5, 6], generator: 'torch-cpu-batch' } as const

  test('draws all pictures at once, before the first step and between steps', () => {
    expect(initialNoise(source)).toEqual(new TorchCpuGenerator(5).randn([3, 4, 5, 6]))
    const generator = new TorchCpuGenerator(6)
    const steps = createStepNoise(source)
    expect([0, 1].map((draw) => steps.independent(draw))).toEqual([0, 1].map(() => generator.randn([3, 4, 5, 6])))
  })

  test('brings a picture of the batch back by its place', () => {
    const whole = initialNoise({ ...source, shape: [3, 4, 8, 8] })
    const third = initialNoise({ ...source, shape: [1, 4, 8, 8], places: [2] })
    expect(third.data).toEqual(sliceBatch(whole, 2, 3).data)
    const twice = initialNoise({ ...source, shape: [3, 4, 8, 8], places: [1, 1, 0] })
    expect(sliceBatch(twice, 0, 1).data).toEqual(sliceBatch(whole, 1, 2).data)
    expect(sliceBatch(twice, 1, 2).data).toEqual(sliceBatch(whole, 1, 2).data)
    expect(sliceBatch(twice, 2, 3).data).toEqual(sliceBatch(whole, 0, 1).data)
    expect(() => initialNoise({ ...source, places: [0] })).toThrow('there are 1 for 3 pictures')
  })
})

test('step noise from torch-cpu follows the generator of seed + 1', () => {
  const generator = new TorchCpuGenerator(12)
  const noise = createStepNoise({ seed: 11, shape: [1, 20], generator: 'torch-cpu' })
  expect(noise.independent(0).data).toEqual(generator.randn([1, 20]).data)
  expect(noise.independent(1).data).toEqual(generator.randn([1, 20]).data)
})

describe('a Brownian path', () => {
  const noise = createStepNoise({ seed: 1, shape: [1, 1 << 15] })

  test.each([
    [14.6, 9.1],
    [1, 0.5],
    [0.71, 0.7],
    [0.03, 0],
    [4096, 0.01],
  ])('has standard normal increments from %d to %d', (from, to) => {
    const { data } = noise.brownian(from, to)
    expect(Math.abs(meanOf(data))).toBeLessThan(0.02)
    expect(Math.abs(standardDeviationOf(data) - 1)).toBeLessThan(0.015)
  })

  test('is additive: two increments make the one over both', () => {
    const [a, b, c] = [5.3, 1.7, 0.4]
    const whole = noise.brownian(a, c).data
    const [first, second] = [noise.brownian(a, b).data, noise.brownian(b, c).data]
    const sum = first.map((value, i) => (value * Math.sqrt(a - b) + second[i]! * Math.sqrt(b - c)) / Math.sqrt(a - c))
    expect(Math.max(...sum.map((value, i) => Math.abs(value - whole[i]!)))).toBeLessThan(1e-5)
  })

  test('has independent increments over disjoint intervals and correlated ones where they overlap', () => {
    expect(Math.abs(correlation(noise.brownian(3, 2.5), noise.brownian(2.5, 2.2)))).toBeLessThan(0.03)
    expect(Math.abs(correlation(noise.brownian(3, 1), noise.brownian(2, 1)) - Math.SQRT1_2)).toBeLessThan(0.02)
  })

  test('turns with its direction, and refuses an empty interval', () => {
    expect(noise.brownian(1, 2).data[5]).toBe(-noise.brownian(2, 1).data[5]!)
    expect(() => noise.brownian(2, 2)).toThrow('two different sigmas')
  })
})

describe('a variation of noise', () => {
  const source = { seed: 5, shape: [2, 4, 16, 16] }
  const own = initialNoise({ ...source, shape: [1, 4, 16, 16] })

  test('of strength 0 is the noise itself, of strength 1 the noise of the other seeds', () => {
    expect(initialNoise(source, { seed: 9, strength: 0 })).toEqual(initialNoise(source))
    const whole = initialNoise(source, { seed: 9, strength: 1 })
    expect(maximumDifference(whole, initialNoise({ ...source, seed: 9 }))).toBeLessThan(1e-5)
  })

  test('begins at the same noise for each picture, and is as strong as it all the way', () => {
    const near = initialNoise(source, { seed: 9, strength: 0.01 })
    for (const k of [0, 1]) expect(correlation(sliceBatch(near, k, k + 1), own)).toBeGreaterThan(0.999)
    const middle = initialNoise({ ...source, shape: own.shape }, { seed: 9, strength: 0.5 })
    expect(Math.abs(dot(middle, middle) / dot(own, own) - 1)).toBeLessThan(0.1)
  })
})
