import { expect, test } from 'vitest'
import { fitted } from './painter-details.ts'
import { mixed } from './painter.ts'

/** A letter is 10 pixels wide. */
const context = { measureText: (text: string) => ({ width: text.length * 10 }) as TextMetrics }

test('a text that is too long for its room is cut, and stays within it', () => {
  expect(fitted(context, 'short', 50)).toBe('short')
  expect(fitted(context, 'much too long', 60)).toBe('much …')
  expect(fitted(context, 'nothing fits', 5)).toBe('')
})

test('of several lines the first is shown', () => {
  expect(fitted(context, 'one\ntwo', 100)).toBe('one')
})

test('a header has a quarter of the colour of its node, as in the page', () => {
  expect(mixed('#ff0000', '#000000', 0.26)).toBe('rgb(66 0 0)')
  expect(mixed('#f00', '#000000', 0.26)).toBe('rgb(66 0 0)')
  expect(mixed('tomato', '#101010', 0.26)).toBe('#101010')
})
