import type { Workflow } from '@patchbay/engine/workflow'
import { expect, test } from 'vitest'
import { applySettings } from './settings.ts'

const workflow: Workflow = {
  format: 'patchbay-workflow',
  version: 1,
  nodes: {
    'a.b': { type: 'Number', version: 1, values: { value: 1 }, links: {} },
    '2': { type: 'Text', version: 1, values: { value: 'x' }, links: { value: { node: 'a.b', output: 'value' } } },
  },
  parameters: { prompt: { node: '2', input: 'value' } },
}
const applied = (...settings: string[]) => {
  const result = applySettings(workflow, settings)
  return result.ok ? result.workflow.nodes : result.problems
}

test('a parameter is set by its name, and its link gives way', () => {
  expect(applied('prompt=a cat = nice')).toMatchObject({ '2': { values: { value: 'a cat = nice' }, links: {} } })
})

test('any input is set by node and input, numbers as numbers and seeds to the last digit', () => {
  expect(applied('a.b.value=2.5')).toMatchObject({ 'a.b': { values: { value: 2.5 } } })
  expect(applied('a.b.seed=18446744073709551615')).toMatchObject({
    'a.b': { values: { seed: '18446744073709551615' } },
  })
})

test('everything that cannot be set is told at once', () => {
  expect(applied('nope=1', 'prompt')).toEqual([
    '--set nope=1: there is no parameter or node input "nope". Parameters: prompt. Inputs: 2.<input>, a.b.<input>.',
    '--set prompt: expected name=value.',
  ])
})
