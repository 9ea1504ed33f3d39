import { expect, test } from 'vitest'
import { runNode } from '../../testing/run-node.ts'
import { integerRange } from './integer-range.ts'
import { listEntry } from './list-entry.ts'
import { listLength } from './list-length.ts'
import { makeList } from './make-list.ts'
import { numberRange } from './number-range.ts'
import { textLines } from './text-lines.ts'

test('a range holds both its ends', async () => {
  expect((await runNode(numberRange, { first: 1, last: 2, count: 5 })).outputs).toEqual({
    list: [1, 1.25, 1.5, 1.75, 2],
  })
  expect((await runNode(numberRange, { first: 3, last: 9, count: 1 })).outputs).toEqual({ list: [3] })
  expect((await runNode(integerRange, { first: 10, step: -2, count: 3 })).outputs).toEqual({ list: [10, 8, 6] })
})

test('entries are counted from both ends, and a place beyond them is an error', async () => {
  const list = ['a', 'b', 'c']
  expect((await runNode(listEntry, { list, place: -1 })).outputs).toEqual({ entry: 'c' })
  await expect(runNode(listEntry, { list, place: 3 })).rejects.toThrow(
    'The list has 3 entries, so there is none at place 3.',
  )
})

test('a list is made in order and counted', async () => {
  expect((await runNode(makeList, { entries: [1, 2] })).outputs).toEqual({ list: [1, 2] })
  expect((await runNode(listLength, { list: [1, 2, 3] })).outputs).toEqual({ length: 3 })
  expect((await runNode(listLength)).outputs).toEqual({ length: 0 })
})

test('a text falls into lines, the empty ones left out unless they are wanted', async () => {
  const value = 'a cat\n\n a dog '
  expect((await runNode(textLines, { value })).outputs).toEqual({ list: ['a cat', 'a dog'] })
  expect((await runNode(textLines, { value, skipEmpty: false })).outputs).toEqual({ list: ['a cat', '', 'a dog'] })
  expect((await runNode(textLines, { value: 'a|b', separator: '|' })).outputs).toEqual({ list: ['a', 'b'] })
})
