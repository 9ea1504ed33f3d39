import type { JsonObject } from '@patchbay/engine'
import { expect, test } from 'vitest'
import { runNode } from '../../testing/run-node.ts'
import { formatText } from './format-text.ts'
import { joinText } from './join-text.ts'
import { replaceText } from './replace-text.ts'

const linked: Record<string, JsonObject> = { a: {} }

test('linked values stand where their names are in braces', async () => {
  const template = '{{{subject}}} for {price:2}, {n} times'
  const { outputs } = await runNode(formatText, { template }, { dynamic: { subject: 'a cat', price: 1.005, n: 3 } })
  expect(outputs).toEqual({ value: '{a cat} for 1.00, 3 times' })
})

test('a name without a link is told before anything runs', () => {
  const check = (template: string) => formatText.validate?.({ values: { template }, links: linked }, undefined as never)
  expect(check('{a} {b} {{c}}')).toEqual([
    { input: 'template', message: 'The text names b, but nothing is linked by that name.' },
  ])
  expect(check('{a}')).toEqual([])
})

test('texts are joined in order', async () => {
  expect((await runNode(joinText, { texts: ['a', 'b'], separator: '\\n' })).outputs).toEqual({ value: 'a\nb' })
})

test('a part is replaced letter by letter, whatever its letters mean elsewhere', async () => {
  expect((await runNode(replaceText, { value: 'a.b A.B', find: 'a.b', replacement: '$&' })).outputs).toEqual({
    value: '$& A.B',
  })
  expect(
    (await runNode(replaceText, { value: 'a.b A.B', find: 'a.b', replacement: 'c', matchCase: false })).outputs,
  ).toEqual({
    value: 'c c',
  })
  expect((await runNode(replaceText, { value: 'same', find: '' })).outputs).toEqual({ value: 'same' })
})
