import { expect, test } from 'vitest'
import { Recency } from './recency.ts'

function inOrder(recency: Recency): number[] {
  const places: number[] = []
  for (let place = recency.oldest; place !== 0; place = recency.after(place)) places.push(place)
  return places
}

test('places stand in the order in which they were used last', () => {
  const recency = new Recency()
  expect(recency.oldest).toBe(0)
  for (const place of [1, 2, 3, 4]) recency.add(place)
  for (const place of [2, 4]) recency.remove(place)
  recency.add(2)
  expect(inOrder(recency)).toEqual([1, 3, 2])
  for (const place of [1, 3, 2]) recency.remove(place)
  expect(inOrder(recency)).toEqual([])
})

test('there is room for as many places as come', () => {
  const recency = new Recency()
  const places = Array.from({ length: 1000 }, (_, index) => index + 1)
  for (const place of places) recency.add(place)
  expect(inOrder(recency)).toEqual(places)
})
