import { expect, test } from 'vitest'
import type { NodeInstance, Workflow } from '@patchbay/engine/workflow'
import { marksOf } from './comparison.ts'

const add = (values: NodeInstance['values'], links: NodeInstance['links'] = {}): NodeInstance => ({
  type: 'Add',
  version: 1,
  values,
  links,
})
const workflow = (nodes: Workflow['nodes'], workflows?: Workflow['workflows']): Workflow => ({
  format: 'patchbay-workflow',
  version: 1,
  nodes,
  ...(workflows ? { workflows } : {}),
})

test('nodes are marked as added, removed or changed, and changes say what', () => {
  const before = workflow({ '1': add({ a: 1 }), '2': add({}) })
  const after = workflow({ '1': add({ a: 42 }, { b: { node: '3', output: 'sum' } }), '3': add({}) })
  expect(marksOf(before, after, [])).toEqual([
    { node: '3', kind: 'added', lines: [] },
    { node: '2', kind: 'removed', lines: [] },
    { node: '1', kind: 'changed', lines: ['a: 1 → 42', 'b: – → 3.sum'] },
  ])
})

test('inside a sub-workflow its own nodes are marked', () => {
  const sub = (values: NodeInstance['values']) => ({ nodes: { '7': add(values) }, inputs: {}, outputs: {} })
  const stand: NodeInstance = { type: 'workflow:plus', version: 1, values: {}, links: {} }
  const path = [{ node: '1', workflow: 'plus' }]
  const before = workflow({ '1': stand }, { plus: sub({ a: 1 }) })
  const after = workflow({ '1': stand }, { plus: sub({ a: 2 }) })
  expect(marksOf(before, after, path)).toEqual([{ node: '7', kind: 'changed', lines: ['a: 1 → 2'] }])
  expect(marksOf(workflow({}), after, path)).toEqual([{ node: '7', kind: 'added', lines: [] }])
})
