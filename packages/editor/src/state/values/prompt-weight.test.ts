import { describe, expect, test } from 'vitest'
import { weighted } from './prompt-weight.ts'

describe('the weight of words in a prompt', () => {
  test('goes round the selected words, which stay selected', () => {
    const { text, start, end } = weighted('a red apple', 2, 5, 0.05)
    expect(text).toBe('a (red:1.05) apple')
    expect(text.slice(start, end)).toBe('red')
  })
  test('without a selection goes round the word at the caret', () => {
    expect(weighted('a red apple', 3, 3, 0.05).text).toBe('a (red:1.05) apple')
    expect(weighted("it's so", 2, 2, -0.1).text).toBe("(it's:0.9) so")
  })
  test('grows from what it was', () => {
    expect(weighted('a (red:1.05) apple', 3, 6, 0.05).text).toBe('a (red:1.1) apple')
  })
  test('goes away at 1', () => {
    const { text, start, end } = weighted('a (red:1.05) apple', 3, 6, -0.05)
    expect(text).toBe('a red apple')
    expect(text.slice(start, end)).toBe('red')
  })
  test('is never below 0', () => expect(weighted('(red:0.02)', 1, 4, -0.05).text).toBe('(red:0)'))
  test('leaves spaces at the ends of a selection outside', () => {
    expect(weighted('a red apple', 1, 6, 0.1).text).toBe('a (red:1.1) apple')
  })
  test('changes nothing where there is no word', () => {
    expect(weighted('a  b', 2, 2, 0.1)).toEqual({ text: 'a  b', start: 2, end: 2 })
  })
})
