import { expect, test } from 'vitest'
import { evaluate, fit, nextSeed, parseSeed } from './numbers.ts'
import { weighted } from './prompt-weight.ts'

test.each([
  ['512*1.5', 768],
  ['(3+4)/2', 3.5],
  ['2^10', 1024],
  ['-2^2', -4],
  ['7 % 4', 3],
  ['1e3', 1000],
])('%s is %d', (text, value) => expect(evaluate(text)).toBe(value))

test.each(['', 'abc', '1+', '(1', '1/0', '1 2'])('"%s" is no number', (text) => expect(evaluate(text)).toBeUndefined())

test('numbers are kept in range, and whole where they must be', () => {
  expect(fit(7.6, { type: 'int', min: 0, max: 10, step: 1 })).toBe(8)
  expect(fit(99, { type: 'int', min: 0, max: 10, step: 1 })).toBe(10)
  expect(fit(0.1 + 0.2, { type: 'float', min: 0, max: 1, step: 0.1 })).toBe(0.3)
})

test('seeds are exact to the last digit of 64 bits', () => {
  expect(parseSeed('18446744073709551615')).toBe('18446744073709551615')
  expect(parseSeed('18446744073709551616')).toBeUndefined()
  expect(parseSeed('9007199254740991')).toBe(9007199254740991)
  expect(nextSeed('9007199254740992', 'increment')).toBe('9007199254740993')
  expect(nextSeed('9007199254740992', 'decrement')).toBe(9007199254740991)
  expect(nextSeed('18446744073709551615', 'increment')).toBe(0)
  expect(nextSeed(0, 'randomise', () => 2n ** 64n - 1n)).toBe(9007199254740991)
})

test('the weight of words goes up and down, and a weight of 1 is no weight', () => {
  const up = weighted('a red fox', 3, 3, 0.05)
  expect(up.text).toBe('a (red:1.05) fox')
  expect(weighted(up.text, up.start, up.end, 0.05).text).toBe('a (red:1.1) fox')
  expect(weighted(up.text, up.start, up.end, -0.05).text).toBe('a red fox')
})
