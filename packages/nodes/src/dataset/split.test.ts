import { expect, test } from 'vitest'
import { splitOf } from './split.ts'

const rule = { heldOutStyle: 'twemoji', heldOutShare: 0.1 }
const names = Array.from({ length: 2000 }, (_, i) => `concept-${i}`)

test('a concept is held out in every style or in none', () => {
  for (const name of names) {
    const inFlat = splitOf(name, 'flat', rule) === 'held-out-concept'
    expect(splitOf(name, 'twemoji', rule) === 'held-out-concept').toBe(inFlat)
  }
})

test('about the wanted share of concepts is held out', () => {
  const heldOut = names.filter((name) => splitOf(name, 'flat', rule) === 'held-out-concept')
  expect(heldOut.length / names.length).toBeCloseTo(0.1, 1)
})

test('a larger share keeps what a smaller one held out', () => {
  const larger = { ...rule, heldOutShare: 0.2 }
  const heldOut = names.filter((name) => splitOf(name, 'flat', rule) === 'held-out-concept')
  expect(heldOut.every((name) => splitOf(name, 'flat', larger) === 'held-out-concept')).toBe(true)
})

test('the held-out style is not trained on', () => {
  expect(names.some((name) => splitOf(name, 'twemoji', rule) === 'train')).toBe(false)
})
