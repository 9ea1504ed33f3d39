import { describe, expect, test } from 'vitest'
import { instance, workflowOf } from '../../testing/manifests.ts'
import { emptyWorkflow, freshIds, graphOf, withGraph, without } from './graph.ts'

const workflow = workflowOf(
  { 1: instance('workflow:inner') },
  { workflows: { inner: { label: 'Inner', nodes: { 7: instance('A') }, inputs: {}, outputs: {} } } },
)
const path = [{ node: '1', workflow: 'inner' }]

describe('the graph that is shown', () => {
  test('is the workflow itself at the top, and the entered sub-workflow below', () => {
    expect(graphOf(workflow, [])).toBe(workflow)
    expect(Object.keys(graphOf(workflow, path).nodes)).toEqual(['7'])
  })
  test('of a sub-workflow that is gone is the workflow', () => {
    expect(graphOf(workflow, [{ node: '1', workflow: 'gone' }])).toBe(workflow)
  })
  test('is put back where it came from, and the rest stays the same object', () => {
    const changed = withGraph(workflow, path, { nodes: {} })
    expect(changed.workflows?.['inner']).toEqual({ label: 'Inner', nodes: {}, inputs: {}, outputs: {} })
    expect(changed.nodes).toBe(workflow.nodes)
    expect(withGraph(workflow, [], { nodes: {} }).nodes).toEqual({})
    expect(withGraph(workflow, [{ node: '1', workflow: 'gone' }], { nodes: {} })).toBe(workflow)
  })
})

test('fresh ids are numbers above all that are taken, whatever else is there', () => {
  expect(freshIds(['2', 'seven', '10', '3.5'], 2)).toEqual(['11', '12'])
  expect(freshIds([], 1)).toEqual(['1'])
})

test('a record without keys that it lacks is the same object', () => {
  const record = { a: 1, b: 2 }
  expect(without(record, ['c'])).toBe(record)
  expect(without(record, ['a', 'c'])).toEqual({ b: 2 })
})

test('an empty workflow carries a name only if it has one', () => {
  expect(emptyWorkflow()).not.toHaveProperty('name')
  expect(emptyWorkflow('Mine').name).toBe('Mine')
})
