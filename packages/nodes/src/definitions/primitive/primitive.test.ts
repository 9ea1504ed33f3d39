import { expect, test } from 'vitest'
import { runNode } from '../../testing/run-node.ts'
import { integer } from './integer.ts'
import { number } from './number.ts'
import { textConstant } from './text-constant.ts'
import { toggleConstant } from './toggle-constant.ts'

test.each([
  [integer, 7],
  [number, 0.5],
  [textConstant, 'a cat'],
  [toggleConstant, true],
])('%# passes its value on', async (definition, value) => {
  // Each definition is run with a value of its own type.
  expect((await runNode(definition as typeof integer, { value })).outputs).toEqual({ value })
})
