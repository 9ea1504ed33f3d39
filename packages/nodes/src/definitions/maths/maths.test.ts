import type { JsonObject } from '@patchbay/engine'
import { expect, test } from 'vitest'
import { runNode } from '../../testing/run-node.ts'
import { arithmetic } from './arithmetic.ts'
import { clamp } from './clamp.ts'
import { compare } from './compare.ts'
import { mathExpression } from './math-expression.ts'
import { round } from './round.ts'

const linked: Record<string, JsonObject> = { a: {} }

test.each([
  ['add', 7],
  ['subtract', -3],
  ['multiply', 10],
  ['divide', 0.4],
  ['remainder', 2],
  ['power', 32],
  ['minimum', 2],
  ['maximum', 5],
])('2 %s 5 is %d', async (operation, result) => {
  expect((await runNode(arithmetic, { a: 2, b: 5, operation })).outputs).toEqual({ result })
})

test('a remainder has the sign of the divisor', async () => {
  expect((await runNode(arithmetic, { a: -1, b: 8, operation: 'remainder' })).outputs).toEqual({ result: 7 })
})

test('dividing by zero is an error that shows the numbers', async () => {
  await expect(runNode(arithmetic, { a: 1, b: 0, operation: 'divide' })).rejects.toThrow(
    '1 divide 0 is not a finite number.',
  )
})

test.each([
  ['=', false],
  ['≠', true],
  ['<', true],
  ['≤', true],
  ['>', false],
  ['≥', false],
])('1 %s 2 is %s', async (comparison, isTrue) => {
  expect((await runNode(compare, { a: 1, b: 2, comparison })).outputs).toEqual({ isTrue })
})

test('a tolerance lets = hold for numbers that are near', async () => {
  expect((await runNode(compare, { a: 0.3, b: 0.1 + 0.2, tolerance: 1e-9 })).outputs).toEqual({ isTrue: true })
})

test.each([
  ['nearest', 512],
  ['down', 512],
  ['up', 520],
])('513 rounds %s to the 8 at %d', async (direction, result) => {
  expect((await runNode(round, { value: 513, multiple: 8, direction })).outputs).toEqual({ result })
})

test('clamping keeps a number within both ends, and wants them in order', async () => {
  expect((await runNode(clamp, { value: 9, lowest: 0, highest: 5 })).outputs).toEqual({ result: 5 })
  expect((await runNode(clamp, { value: -9, lowest: 0, highest: 5 })).outputs).toEqual({ result: 0 })
  expect(clamp.validate?.({ values: { lowest: 2, highest: 1 }, links: {} }, undefined as never)).toEqual([
    { input: 'lowest', message: 'lowest (2) is above highest (1).' },
  ])
})

test('an expression takes its variables by the names of its links', async () => {
  const { outputs } = await runNode(mathExpression, { expression: 'width * 1.5 // 8 * 8' }, { dynamic: { width: 513 } })
  expect(outputs).toEqual({ result: 768, rounded: 768, isTrue: true })
  expect((await runNode(mathExpression, { expression: 'a > 2' }, { dynamic: { a: true } })).outputs).toMatchObject({
    isTrue: false,
  })
})

test('an expression is checked before anything runs', () => {
  const check = (expression: string) =>
    mathExpression.validate?.({ values: { expression }, links: linked }, undefined as never)
  expect(check('a + b + c')).toEqual(['The expression uses b, c, but nothing is linked by that name.'])
  expect(check('a +')).toEqual([{ input: 'expression', message: expect.stringContaining('at character 4') }])
  expect(check('a + 1')).toEqual([])
})
