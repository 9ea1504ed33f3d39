import { describe, expect, test } from 'vitest'
import { parsePromptSchedule } from './prompt-schedule.ts'

const scheduled = (prompt: string, steps = 10) =>
  parsePromptSchedule(prompt, steps).map(({ start, end, prompt }) => `${start}–${end} ${prompt}`)

describe('a prompt’s schedule', () => {
  test('switches from one text to another, at a share of the steps or at a step', () => {
    expect(scheduled('a [cat:dog:0.5] here')).toEqual(['0–0.5 a cat here', '0.5–1 a dog here'])
    expect(scheduled('[cat:dog:3]')).toEqual(['0–0.3 cat', '0.3–1 dog'])
    expect(scheduled('[cat:dog:.25]', 20)).toEqual(['0–0.25 cat', '0.25–1 dog'])
  })

  test('adds and removes', () => {
    expect(scheduled('x[ cat:0.4]')).toEqual(['0–0.4 x', '0.4–1 x cat'])
    expect(scheduled('x[ cat::0.4]')).toEqual(['0–0.4 x cat', '0.4–1 x'])
  })

  test('takes turns, a step each', () => {
    expect(scheduled('[a|b|c]', 4)).toEqual(['0–0.25 a', '0.25–0.5 b', '0.5–0.75 c', '0.75–1 a'])
  })

  test('nests', () => {
    expect(scheduled('[[a:b:0.2]:c:0.6]')).toEqual(['0–0.2 a', '0.2–0.6 b', '0.6–1 c'])
    expect(scheduled('([a:b:0.5] d:1.2)')).toEqual(['0–0.5 (a d:1.2)', '0.5–1 (b d:1.2)'])
    expect(scheduled('[(a:1.3):(b:0.7):0.5]')).toEqual(['0–0.5 (a:1.3)', '0.5–1 (b:0.7)'])
  })

  test.each([
    'plain [word] here',
    'a \\[b:c:0.5\\] d',
    '[a:b]',
    '[a:b:c:0.5]',
    '[open:x:0.5',
    'a: b | c',
    '[a:b|0.5]',
    'x] [y',
  ])('leaves %j as it is', (prompt) => {
    expect(scheduled(prompt)).toEqual([`0–1 ${prompt}`])
  })

  test('never switches at the end or before the start', () => {
    expect(scheduled('[a:b:1.0]')).toEqual(['0–1 a'])
    expect(scheduled('[a:b:0]')).toEqual(['0–1 b'])
    expect(scheduled('[a:b:50]')).toEqual(['0–1 a'])
  })

  test('needs a whole number of steps', () => {
    expect(() => parsePromptSchedule('a', 0)).toThrow('whole number of steps from 1 up')
  })
})
