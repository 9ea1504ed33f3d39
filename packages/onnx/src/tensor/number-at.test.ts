import { describe, expect, test } from 'vitest'
import { numberAt } from './number-at.ts'

describe('a number by its index', () => {
  test('is the one that stands there', () => {
    expect(numberAt([5, 6], 1)).toBe(6)
    expect(numberAt(Float32Array.of(0.5), 0)).toBe(0.5)
  })
  test.each([-1, 2, 0.5, Number.NaN])('is refused at %s of two', (index) => {
    expect(() => numberAt([5, 6], index)).toThrow(`There is no number at ${index} of 2`)
  })
})
