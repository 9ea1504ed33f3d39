import { describe, expect, test } from 'vitest'
import { runNode } from '../../testing/run-node.ts'
import { changeCase } from './change-case.ts'
import { compareTexts } from './compare-texts.ts'
import { cutText } from './cut-text.ts'
import { extractText } from './extract-text.ts'
import { matchText } from './match-text.ts'
import { replacePattern } from './replace-pattern.ts'
import { textLength } from './text-length.ts'
import { trimText } from './trim-text.ts'

test('characters are counted and cut as a person sees them', async () => {
  expect((await runNode(textLength, { value: 'a😀b' })).outputs).toEqual({ length: 3 })
  expect((await runNode(cutText, { value: 'a😀bc', start: 1, end: -1 })).outputs).toEqual({ value: '😀b' })
  expect((await runNode(cutText, { value: 'abc', start: 1 })).outputs).toEqual({ value: 'bc' })
})

test.each([
  ['upper', 'A FOX, ITS DEN'],
  ['lower', 'a fox, its den'],
  ['first letter', 'A fox, its den'],
  ['each word', 'A Fox, Its Den'],
] as const)('letters can be %s', async (letters, value) => {
  expect((await runNode(changeCase, { value: 'a FOX, its den', letters })).outputs).toEqual({ value })
})

test.each([
  ['both', 'a b'],
  ['left', 'a b \n'],
  ['right', ' \ta b'],
] as const)('space is trimmed: %s', async (end, value) => {
  expect((await runNode(trimText, { value: ' \ta b \n', end })).outputs).toEqual({ value })
})

test.each([
  ['contains', 'OX', true, false],
  ['begins with', 'A F', true, false],
  ['ends with', 'ox', true, true],
  ['equals', 'A FOX', true, false],
] as const)('a text %s another', async (relation, other, loosely, exactly) => {
  const holds = async (matchCase: boolean) =>
    (await runNode(compareTexts, { value: 'a fox', relation, other, matchCase })).outputs['holds']
  expect([await holds(false), await holds(true)]).toEqual([loosely, exactly])
})

describe('a pattern', () => {
  test('is found with its settings', async () => {
    const found = async (pattern: string, more: object) =>
      (await runNode(matchText, { value: 'One\ntwo', pattern, ...more })).outputs['matches']
    expect(await found('^two$', {})).toBe(false)
    expect(await found('^two$', { eachLine: true })).toBe(true)
    expect(await found('one.two', { overLines: true })).toBe(true)
    expect(await found('one.two', { overLines: true, matchCase: true })).toBe(false)
  })

  test.each([
    ['first match', 'a1'],
    ['all matches', 'a1\nb2'],
    ['group of the first', '1'],
    ['group of all', '1\n2'],
  ] as const)('gives its %s', async (wanted, value) => {
    const given = { value: 'a1 b2', pattern: '[a-z](\\d)', wanted }
    expect((await runNode(extractText, given)).outputs).toEqual({ value })
    expect((await runNode(extractText, { ...given, value: 'none' })).outputs).toEqual({ value: '' })
  })

  test('replaces so many of its matches, with its groups by number and by name', async () => {
    const replaced = async (pattern: string, replacement: string, count = 0) =>
      (await runNode(replacePattern, { value: 'a1 b2 c3', pattern, replacement, count })).outputs['value']
    expect(await replaced('([a-z])(\\d)', '\\2\\1', 2)).toBe('1a 2b c3')
    expect(await replaced('(?P<n>\\d)', '<\\g<n>>')).toBe('a<1> b<2> c<3>')
    expect(await replaced(' ', '$&')).toBe('a1$&b2$&c3')
  })

  test('that cannot be read is told', async () => {
    await expect(runNode(matchText, { value: 'a', pattern: '(' })).rejects.toThrow('The pattern "(" cannot be read')
  })
})
