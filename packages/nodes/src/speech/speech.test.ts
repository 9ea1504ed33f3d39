import { expect, test } from 'vitest'
import { parsePhones } from './phones.ts'
import { sentencesOf, unspokenIn } from './sentences.ts'

test('phones follow each other without a gap, and the last ends where the sound does', () => {
  expect(parsePhones('pau:0.164 hh:0.255 ax:0.304 pau:0.5 ', 0.45)).toEqual([
    { name: 'pau', from: 0, to: 0.164 },
    { name: 'hh', from: 0.164, to: 0.255 },
    { name: 'ax', from: 0.255, to: 0.304 },
    { name: 'pau', from: 0.304, to: 0.45 },
  ])
})

test('a text is said a sentence at a time, and a title ends none', () => {
  expect(sentencesOf('Hello, Dr. Smith. Is it 5 o’clock?\n\nYes! – …')).toEqual([
    'Hello, Dr. Smith.',
    "Is it 5 o'clock?",
    'Yes!',
  ])
  expect(sentencesOf('Ünïcode')).toEqual(['Unicode'])
  expect(sentencesOf('word '.repeat(300)).every(({ length }) => length <= 600)).toBe(true)
  expect(() => sentencesOf('a'.repeat(40_001))).toThrow('The text has 40001 characters, and at most 40000 are spoken')
})

test('letters that an English voice does not say are named', () => {
  expect(unspokenIn('Grüße, 你好 and Привет')).toContain('你')
  expect(unspokenIn('Grüße, 42!')).toEqual([])
})
