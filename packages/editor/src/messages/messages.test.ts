import { expect, test } from 'vitest'
import { en } from './en.ts'
import { duration, translator } from './translate.ts'
import { zh } from './zh.ts'

const blanks = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([blank]) => blank).sort()

test('both languages fill in the same blanks', () => {
  const differing = Object.entries(en).filter(
    ([key, text]) => blanks(text).join() !== blanks(Reflect.get(zh, key)).join(),
  )
  expect(differing).toEqual([])
})

test('no text of one language is left in the other', () => {
  const same = Object.entries(en).filter(([key, text]) => Reflect.get(zh, key) === text)
  expect(same).toEqual([])
})

test('every text is used somewhere', () => {
  const files = import.meta.glob('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true })
  const sources = Object.entries(files)
    .filter(([file]) => !file.startsWith('./'))
    .map(([, text]) => String(text))
    .join('\n')
  const stems = [...sources.matchAll(/`([\w.]+\.)\$\{/g)].map(([, stem]) => stem ?? '')
  const unused = Object.keys(en).filter(
    (key) => !sources.includes(`'${key}'`) && !stems.some((stem) => key.startsWith(stem)),
  )
  expect(unused).toEqual([])
})

test('texts are filled in, and durations read well', () => {
  expect(translator(en)('run.queued', { count: 3 })).toBe('Queued 3 jobs')
  expect([duration(12.4), duration(1500), duration(61_000), duration(7_260_000)]).toEqual([
    '12 ms',
    '1.5 s',
    '1:01 min',
    '2 h 1 min',
  ])
})
