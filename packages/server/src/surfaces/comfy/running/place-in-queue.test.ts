import { expect, test } from 'vitest'
import { placeInQueue } from './place-in-queue.ts'

/** The order in which prompts run that arrive so, each with the number of its arrival. */
function order(asked: readonly { readonly number?: number; readonly front?: boolean }[]): number[] {
  const placed = asked.map((body, arrival) => ({ arrival, ...placeInQueue({ ...body }, 10 + arrival) }))
  return placed.sort((a, b) => b.priority - a.priority || a.arrival - b.arrival).map(({ arrival }) => arrival)
}

test('without numbers prompts run as they arrive, at the priority of all other jobs', () => {
  expect(order([{}, {}, {}])).toEqual([0, 1, 2])
  expect(placeInQueue({}, 3)).toEqual({ number: 3, priority: 0, front: false })
})

test('a fraction is before all arrivals, and among fractions the lower is first', () => {
  expect(order([{}, { number: 0.5 }, {}, { number: 0.25 }])).toEqual([3, 1, 0, 2])
})

test('the front is before numbers that are not negative, the last one first; a lower number is before it', () => {
  expect(order([{ number: 0 }, { front: true }, { front: true }, { number: -100 }])).toEqual([3, 2, 1, 0])
})

test('a number past all arrivals is behind them', () => {
  expect(order([{ number: 1e6 }, {}, { number: 1e5 }, {}])).toEqual([1, 3, 2, 0])
})

test('a number without measure stays one', () => {
  expect(Number.isSafeInteger(placeInQueue({ number: 1e300 }, 1).priority)).toBe(true)
  expect(Number.isSafeInteger(placeInQueue({ number: -1e300 }, 1).priority)).toBe(true)
})
