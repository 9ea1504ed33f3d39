import { expect, test } from 'vitest'
import { intAt, roomFor } from './int-array.ts'

test('an array that grows keeps its numbers, and is 0 where nothing was set', () => {
  const numbers = roomFor(900, new Int32Array([7, -3]))
  numbers[900] = 9
  expect([0, 1, 2, 900, 901, 5000].map((index) => intAt(numbers, index))).toEqual([7, -3, 0, 9, 0, 0])
})
