import { Blocked } from '@patchbay/engine'
import { expect, test, vi } from 'vitest'
import { runNode } from '../../testing/run-node.ts'
import { combineConditions } from './combine-conditions.ts'
import { gate } from './gate.ts'
import { not } from './not.ts'
import { switchNode } from './switch.ts'

test('a switch asks only for the branch that it takes', async () => {
  const whenTrue = vi.fn(() => Promise.resolve('yes'))
  const whenFalse = vi.fn(() => Promise.resolve('no'))
  expect((await runNode(switchNode, { condition: false, whenTrue, whenFalse })).outputs).toEqual({ value: 'no' })
  expect(whenTrue).not.toHaveBeenCalled()
})

test('a switch without the branch that it takes blocks silently', async () => {
  const { outputs } = await runNode(switchNode, { condition: true, whenFalse: () => Promise.resolve(1) })
  expect(outputs['value']).toEqual(new Blocked())
})

test('a closed gate blocks with its reason', async () => {
  expect((await runNode(gate, { value: 3, isOpen: true })).outputs).toEqual({ value: 3 })
  expect((await runNode(gate, { value: 3, isOpen: false, reason: 'too dark' })).outputs['value']).toEqual(
    new Blocked('too dark'),
  )
})

test.each([
  ['and', false],
  ['or', true],
  ['exactly one', true],
  ['a and not b', true],
])('true %s false is %s', async (operation, isTrue) => {
  expect((await runNode(combineConditions, { a: true, b: false, operation })).outputs).toEqual({ isTrue })
})

test('not turns a condition round', async () => {
  expect((await runNode(not, { value: true })).outputs).toEqual({ isTrue: false })
})
