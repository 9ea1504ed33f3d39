import { expect, test } from 'vitest'
import { IntList } from './int-list.ts'

test('a list of numbers grows to the index that is set, and is 0 where nothing was', () => {
  const list = new IntList(2)
  list.set(1, 7)
  list.set(5, -3)
  list.set(900, 9)
  expect([0, 1, 4, 5, 900, 901, 5000].map((index) => list.at(index))).toEqual([0, 7, 0, -3, 9, 0, 0])
})

test('a copy is changed by itself', () => {
  const list = new IntList()
  list.set(3, 1)
  const copy = list.copy()
  copy.set(3, 2)
  copy.set(200, 4)
  expect([list.at(3), list.at(200), copy.at(3), copy.at(200)]).toEqual([1, 0, 2, 4])
})
