import { expect, test } from 'vitest'
import type { Workflow } from '@patchbay/engine/workflow'
import { createDocument, undoDepth } from './document.ts'
import { addNode, moveNodes, removeNodes, setValue } from '../edits/nodes.ts'
import { emptyWorkflow } from '../edits/graph.ts'

const add = { type: 'Add', version: 1 }

function twoNodes(): Workflow {
  return {
    ...emptyWorkflow(),
    nodes: {
      '1': { type: 'Add', version: 1, values: { a: 1 }, links: {} },
      '2': { type: 'Add', version: 1, values: {}, links: { a: { node: '1', output: 'sum' } } },
    },
  }
}

test('every edit can be undone and done again', () => {
  const before = twoNodes()
  const document = createDocument(before)
  document.editGraph('add', (graph) => addNode(graph, '3', add, { x: 0, y: 0 }))
  document.editGraph('remove', (graph) => removeNodes(graph, ['1']))
  const after = document.store.getState().workflow
  expect(document.undo() && document.undo()).toBe(true)
  expect(document.store.getState().workflow).toBe(before)
  expect(document.redo() && document.redo()).toBe(true)
  expect(document.store.getState().workflow).toBe(after)
  expect(document.redo()).toBe(false)
})

test('two hundred steps can be undone, and no more are kept', () => {
  const document = createDocument(twoNodes())
  for (let index = 0; index < undoDepth + 20; index++) {
    document.editGraph('move', (graph) => moveNodes(graph, new Map([['1', { x: index + 1, y: 0 }]])))
  }
  let steps = 0
  while (document.undo()) steps++
  expect(steps).toBe(undoDepth)
  expect(document.graph().layout?.nodes?.['1']?.x).toBe(20)
})

test('typing in one field is one step, until one pauses or types elsewhere', () => {
  let now = 0
  const document = createDocument(twoNodes(), () => now)
  const type = (input: string, value: string): void =>
    document.editGraph('value', (graph) => setValue(graph, '1', input, value), { merge: input })
  type('a', 'x')
  now += 100
  type('a', 'xy')
  now += 5000
  type('a', 'xyz')
  type('b', 'q')
  expect(document.store.getState().past).toHaveLength(3)
})

test('an edit that changes nothing leaves no step', () => {
  const document = createDocument(twoNodes())
  document.editGraph('value', (graph) => setValue(graph, '1', 'a', 1))
  expect(document.store.getState().past).toHaveLength(0)
})

test('a change of one value leaves every other node the same object, so that only one is drawn again', () => {
  const document = createDocument(twoNodes())
  const before = document.graph()
  document.editGraph('value', (graph) => setValue(graph, '1', 'a', 2))
  expect(document.graph().nodes['2']).toBe(before.nodes['2'])
  expect(document.graph().nodes['1']).not.toBe(before.nodes['1'])
})

test('what undo removes is no longer selected', () => {
  const document = createDocument(twoNodes())
  document.editGraph('add', (graph) => addNode(graph, '3', add, { x: 0, y: 0 }), { select: ['3'] })
  document.undo()
  expect([...document.store.getState().selection]).toEqual([])
})

test('a document is saved until it is edited; settling a run does not make it unsaved', () => {
  const document = createDocument(twoNodes())
  const saved = (): boolean => document.store.getState().workflow === document.store.getState().saved
  document.settle((workflow) => ({ ...workflow, name: 'n' }))
  expect(saved()).toBe(true)
  document.editGraph('value', (graph) => setValue(graph, '1', 'a', 5))
  expect(saved()).toBe(false)
  document.markSaved()
  expect(saved()).toBe(true)
})
