import { describe, expect, test } from 'vitest'
import { float32 } from '@patchbay/onnx/tensor'
import {
  add,
  concatBatch,
  maximumDifference,
  mix,
  quantileOf,
  repeatBatch,
  scale,
  sliceBatch,
  standardDeviationOf,
  subtract,
  sum,
} from './index.ts'

const row = (...values: number[]) => float32([1, values.length], Float32Array.from(values))

describe('tensors of two shapes', () => {
  test('are refused where they are combined, with both shapes', () => {
    expect(() => add(row(1, 2), row(1, 2, 3))).toThrow('[1, 2] and [1, 3]')
  })
})

describe('arithmetic', () => {
  test('leaves its operands as they were', () => {
    const a = row(1, 2)
    const b = row(10, 20)
    expect([...add(a, b).data, ...subtract(a, b).data, ...scale(a, 3).data]).toEqual([11, 22, -9, -18, 3, 6])
    expect([...a.data, ...b.data]).toEqual([1, 2, 10, 20])
  })

  test('sums any number of terms in double precision', () => {
    const terms = [1, 2, 3, 4, 5].map((c) => [c, row(1, 10)] as const)
    for (let n = 1; n <= 5; n++) {
      const total = (n * (n + 1)) / 2
      expect([...sum(terms.slice(0, n)).data]).toEqual([total, 10 * total])
    }
    const tiny = 2 ** -30
    expect([
      ...sum([
        [1, row(1)],
        [tiny, row(1)],
        [-1, row(1)],
      ]).data,
    ]).toEqual([tiny])
  })

  test('a coefficient of 0 leaves out a tensor that is not finite', () => {
    expect([
      ...sum([
        [0, row(Infinity)],
        [2, row(3)],
      ]).data,
    ]).toEqual([6])
  })

  test('mixes by a weight per element', () => {
    expect([...mix(row(1, 1, 1), row(5, 5, 5), row(0, 0.5, 1)).data]).toEqual([1, 3, 5])
  })
})

describe('a batch', () => {
  test('is sliced into views and joined again', () => {
    const batch = float32([3, 2], Float32Array.from([1, 2, 3, 4, 5, 6]))
    expect(sliceBatch(batch, 1, 3)).toEqual(float32([2, 2], Float32Array.from([3, 4, 5, 6])))
    expect(concatBatch([sliceBatch(batch, 0, 1), sliceBatch(batch, 1, 3)])).toEqual(batch)
    expect(repeatBatch(sliceBatch(batch, 2, 3), 2)).toEqual(float32([2, 2], Float32Array.from([5, 6, 5, 6])))
  })

  test('says which items it lacks', () => {
    expect(() => sliceBatch(row(1), 0, 2)).toThrow('Items 0 to 2 are not all in a batch of 1')
  })
})

describe('statistics', () => {
  test('agree with their definitions', () => {
    const data = Float32Array.from([4, 1, 3, 2])
    expect(standardDeviationOf(data)).toBeCloseTo(Math.sqrt(5 / 3), 12)
    expect(quantileOf(data, 0.5)).toBe(2.5)
    expect(quantileOf(data, 1)).toBe(4)
  })

  test('do not overlook a difference that is not a number', () => {
    expect(maximumDifference(row(1, 5, 1), row(1, 1, 3))).toBe(4)
    expect(maximumDifference(row(1, NaN, 1), row(1, 1, 3))).toBeNaN()
  })
})
