import { expect, test } from 'vitest'
import { runNode } from '../../testing/run-node.ts'
import { show } from './show.ts'

test('any value is shown as text', async () => {
  expect((await runNode(show, { value: ['a cat'] })).shown).toEqual({ text: 'a cat' })
  expect((await runNode(show, { value: [1, { a: [true] }, 10n] })).shown).toEqual({
    text: ['1', '{"a":[true]}', '"10"'],
  })
  const tensor = { shape: [2], data: new Float32Array(2) }
  expect((await runNode(show, { value: [tensor] })).shown).toEqual({
    text: '{"shape":[2],"data":"Float32Array of 8 bytes"}',
  })
})

test('a text without end is cut, and its length told', async () => {
  const { shown } = await runNode(show, { value: ['x'.repeat(20_000)] })
  expect(shown['text']).toHaveLength(10_000 + '… (20000 characters)'.length)
})
