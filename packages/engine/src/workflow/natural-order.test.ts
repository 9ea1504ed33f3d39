import fc from 'fast-check'
import { expect, test } from 'vitest'
import { naturalOrder } from './natural-order.ts'

test('numbers inside names are ordered by their value', () => {
  expect(['10', '2', 'step10', 'step9', 'a', '1'].sort(naturalOrder)).toEqual(['1', '2', '10', 'a', 'step9', 'step10'])
})

test('digits past 2^53 are not rounded', () => {
  expect(naturalOrder('9007199254740993', '9007199254740992')).toBeGreaterThan(0)
})

test('names that differ by leading zeros only are still told apart', () => {
  expect(naturalOrder('01', '1')).not.toBe(0)
})

test('it is a total order, whatever the names', () => {
  const name = fc.stringMatching(/^[ab012]{0,5}$/)
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(naturalOrder(a, b))).toBe(-Math.sign(naturalOrder(b, a)) || 0)
      if (naturalOrder(a, b) === 0) expect(a).toBe(b)
      if (naturalOrder(a, b) < 0 && naturalOrder(b, c) < 0) expect(naturalOrder(a, c)).toBeLessThan(0)
    }),
    { numRuns: 2000 },
  )
})
