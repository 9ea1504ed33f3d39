import { createRegistry, Float, Int, WorkflowBuilder } from '@patchbay/engine'
import { runWorkflow } from '@patchbay/engine/testing'
import { expect, test } from 'vitest'
import { nodeDefinitions } from '../index.ts'
import { numberRange } from '../list/number-range.ts'
import { forEach, repeat, repeatWhile } from './index.ts'

const registry = createRegistry({ nodes: nodeDefinitions })
const number = (w: WorkflowBuilder, value: number) => w.addByName('Number', 1, { value }).output('value')
async function resultsOf(build: (w: WorkflowBuilder) => void): Promise<unknown> {
  const w = new WorkflowBuilder()
  build(w)
  const { result } = await runWorkflow(w.build(), registry)
  return result.state === 'succeeded' ? result.results : result.state === 'failed' ? result.error.message : result.state
}
const added = (body: string) => (w: WorkflowBuilder) =>
  w.define(body, { state: Float, turn: Int }, (g, { state, turn }) => ({
    state: g.addByName('Arithmetic', 1, { a: state, operation: 'add', b: turn }).output('result'),
  }))

test('Repeat runs a sub-workflow so many times, and counts its turns', async () => {
  const results = await resultsOf((w) => {
    added('add turn')(w)
    w.result('state', w.add(repeat, { state: number(w, 10), body: 'add turn', times: 4 }).state)
    w.result('none', w.add(repeat, { state: number(w, 10), body: 'add turn', times: 0 }).state)
  })
  expect(results).toEqual({ state: 10 + 0 + 1 + 2 + 3, none: 10 })
})

test('a body that cannot be repeated is told with what it lacks', async () => {
  const message = await resultsOf((w) => {
    w.define('odd', { value: Float }, (g, { value }) => ({
      value: g.addByName('Arithmetic', 1, { a: value }).output('result'),
    }))
    w.result('state', w.add(repeat, { state: number(w, 1), body: 'odd' }).state)
  })
  expect(message).toContain('The sub-workflow "odd" needs the input "state" to be repeated; its inputs are "value".')
})

test('ForEach runs a sub-workflow for each element and gives a list', async () => {
  const results = await resultsOf((w) => {
    w.define('square', { element: Float }, (g, { element }) => ({
      result: g.addByName('Arithmetic', 1, { a: element, operation: 'multiply', b: element }).output('result'),
    }))
    const elements = w.addByName(numberRange.type, numberRange.version, { first: 1, last: 3, count: 3 }).output('list')
    w.result('all', w.add(forEach, { elements, body: 'square' }).results)
  })
  expect(results).toEqual({ all: [1, 4, 9] })
})

test('RepeatWhile ends when the body says so, and fails at its limit', async () => {
  const build = (limit: number) => (w: WorkflowBuilder) => {
    w.define('double', { state: Float }, (g, { state }) => {
      const doubled = g.addByName('Arithmetic', 1, { a: state, operation: 'multiply', b: 2 }).output('result')
      return {
        state: doubled,
        again: g.addByName('Compare', 1, { a: doubled, b: 20, comparison: '<' }).output('isTrue'),
      }
    })
    w.result('state', w.add(repeatWhile, { state: number(w, 1), body: 'double', limit }).state)
  }
  expect(await resultsOf(build(100))).toEqual({ state: 32 })
  expect(await resultsOf(build(2))).toContain('asks for another turn after 2 of them')
})
