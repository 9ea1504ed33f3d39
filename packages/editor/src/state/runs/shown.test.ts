import { expect, test } from 'vitest'
import { extended, numbersIn, reportOf, textOf } from './shown.ts'

test('what training shows is a curve, and the rest of it facts', () => {
  const { curve, facts, tables } = reportOf({ steps: [10, 20], loss: [0.5, 0.25], done: 20 })
  expect(curve).toEqual({ x: [10, 20], series: [{ name: 'loss', values: [0.5, 0.25] }] })
  expect(facts).toEqual([{ name: 'done', value: 20 }])
  expect(tables).toEqual([])
})

test('a list of objects is a table that has every column', () => {
  const { tables } = reportOf({
    scores: [
      { sampler: 'euler', fid: 1 },
      { sampler: 'heun', time: 2 },
    ],
  })
  expect(tables).toEqual([
    {
      name: 'scores',
      columns: ['sampler', 'fid', 'time'],
      rows: [
        ['euler', 1, null],
        ['heun', null, 2],
      ],
    },
  ])
})

test('lists of words and long texts are read line by line', () => {
  const { texts } = reportOf({ captions: ['a fox', 'an owl'], report: 'first\nsecond' })
  expect(texts).toEqual([
    { name: 'captions', text: 'a fox\nan owl' },
    { name: 'report', text: 'first\nsecond' },
  ])
})

test('numbers are read out of what a node tells with its steps', () => {
  expect(numbersIn('loss 0.0123')).toEqual({ loss: 0.0123 })
  expect(numbersIn('loss: 2e-3, learning rate = 0.1')).toEqual({ loss: 0.002, 'learning rate': 0.1 })
  expect(numbersIn('reading emoji 3 of 9')).toEqual({})
})

test('a curve grows by a step, and begins anew when the steps do', () => {
  const first = extended(undefined, 1, { loss: 2 })
  const second = extended(first, 5, { loss: 1, rate: 3 })
  expect(second).toEqual({
    x: [1, 5],
    series: [
      { name: 'loss', values: [2, 1] },
      { name: 'rate', values: [null, 3] },
    ],
  })
  expect(extended(second, 1, { loss: 9 }).x).toEqual([1])
})

test('numbers are written to four digits', () => {
  expect([textOf(0.123456), textOf(12), textOf(null), textOf(true)]).toEqual(['0.1235', '12', '–', 'true'])
})
