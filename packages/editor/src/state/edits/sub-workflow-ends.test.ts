import { expect, test } from 'vitest'
import type { Workflow } from '@patchbay/engine/workflow'
import { labelEnd, moveEnd, offerInput, offerOutput, withdrawEnd } from './sub-workflow-ends.ts'

/** A node that stands for a sub-workflow with one Add inside, and a Show that takes its sum. */
const workflow: Workflow = {
  format: 'patchbay-workflow',
  version: 1,
  nodes: {
    '1': { type: 'workflow:plus', version: 1, values: {}, links: {} },
    '2': { type: 'Show', version: 1, values: {}, links: { value: { node: '1', output: 'sum' } } },
  },
  workflows: {
    plus: {
      nodes: { '7': { type: 'Add', version: 1, values: { a: 3, b: 4 }, links: {} } },
      inputs: {},
      outputs: { sum: { node: '7', output: 'sum' } },
    },
  },
}

test('an offered input is fed from outside, and its value becomes the default there', () => {
  const sub = offerInput(workflow, 'plus', '7', 'b').workflows?.['plus']
  expect(sub?.inputs).toEqual({ b: { like: { node: '7', input: 'b' }, value: 4 } })
  expect(sub?.nodes['7']).toEqual({ type: 'Add', version: 1, values: { a: 3 }, links: { b: { input: 'b' } } })
})

test('offering and withdrawing an input gives the document back', () => {
  expect(withdrawEnd(offerInput(workflow, 'plus', '7', 'b'), 'plus', 'inputs', 'b')).toEqual(workflow)
})

test('what a withdrawn input was given outside goes with it', () => {
  const offered = offerInput(workflow, 'plus', '7', 'b')
  const given: Workflow = {
    ...offered,
    nodes: { ...offered.nodes, '1': { type: 'workflow:plus', version: 1, values: { b: 9 }, links: {} } },
  }
  expect(withdrawEnd(given, 'plus', 'inputs', 'b').nodes['1']?.values).toEqual({})
})

test('a withdrawn output takes its links along', () => {
  const bare = withdrawEnd(workflow, 'plus', 'outputs', 'sum')
  expect(bare.nodes['2']?.links).toEqual({})
  expect(bare.workflows?.['plus']?.outputs).toEqual({})
  expect(offerOutput(bare, 'plus', '7', 'sum').workflows).toEqual(workflow.workflows)
})

test('ends are called something else and moved, and links keep their names', () => {
  const two = offerInput(offerInput(workflow, 'plus', '7', 'a'), 'plus', '7', 'b')
  const labelled = labelEnd(two, 'plus', 'inputs', 'b', ' Addend ')
  expect(labelled.workflows?.['plus']?.inputs['b']?.label).toBe('Addend')
  expect(labelEnd(labelled, 'plus', 'inputs', 'b', '')).toEqual(two)
  expect(Object.keys(moveEnd(two, 'plus', 'inputs', 'b', -1).workflows?.['plus']?.inputs ?? {})).toEqual(['b', 'a'])
  expect(moveEnd(two, 'plus', 'inputs', 'b', 1)).toBe(two)
})
