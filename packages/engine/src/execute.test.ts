import { describe, expect, test } from 'vitest'
import {
  createMemo,
  createMemoryMemoStore,
  createRegistry,
  execute,
  Float,
  validateWorkflow,
  WorkflowBuilder,
} from './index.ts'
import type { ExecuteOptions, Workflow } from './index.ts'
import { add, arithmetic, choose, eventLog, multiply, number, range, repeat, show, sum } from './testing.ts'

const registry = createRegistry({ nodes: arithmetic })

async function run(workflow: Workflow, options: ExecuteOptions = {}) {
  const validated = await validateWorkflow(workflow, registry)
  if (!validated.ok) throw new Error(validated.issues.map(({ message }) => message).join('\n'))
  return eventLog(execute(validated.plan, options))
}

describe('a run', () => {
  test('computes what its side effects need, and nothing else', async () => {
    const w = new WorkflowBuilder()
    const { value } = w.add(number, { value: 3 }, { id: 'three' })
    w.add(number, { value: 5 }, { id: 'unused' })
    w.add(show, { value: w.add(add, { a: value, b: 4 }, { id: 'add' }).sum }, { id: 'show' })
    const log = await run(w.build())
    expect(log.result.state).toBe('succeeded')
    expect(log.started).toEqual(['three', 'add', 'show'])
    expect(log.shown).toEqual({ show: { value: 7 } })
  })

  test('reuses what a run before it has computed, and says what was different where it cannot', async () => {
    const memo = createMemo(createMemoryMemoStore())
    const workflow = (b: number) => {
      const w = new WorkflowBuilder()
      const three = w.add(number, { value: 3 }, { id: 'three' }).value
      w.add(show, { value: w.add(add, { a: three, b }, { id: 'add' }).sum }, { id: 'show' })
      return w.build()
    }
    await run(workflow(4), { memo })
    const again = await run(workflow(4), { memo })
    expect([again.reused, again.started]).toEqual([['add'], ['show']])
    const changed = await run(workflow(5), { memo })
    expect([changed.reused, changed.started]).toEqual([['three'], ['add', 'show']])
    expect(changed.events).toContainEqual(expect.objectContaining({ node: 'add', notReused: 'b 4 → 5' }))
  })

  test('never runs the branch that a lazy input does not ask for', async () => {
    const w = new WorkflowBuilder()
    const a = w.add(number, { value: 1 }, { id: 'a' }).value
    const b = w.add(number, { value: 2 }, { id: 'b' }).value
    w.add(show, { value: w.add(choose, { first: false, a, b }, { id: 'choose' }).value }, { id: 'show' })
    const log = await run(w.build())
    expect(log.started).toEqual(['choose', 'b', 'show'])
    expect(log.shown).toEqual({ show: { value: 2 } })
  })

  test('maps a node over a list, and gives a whole list to an input that takes one', async () => {
    const w = new WorkflowBuilder()
    const doubled = w.add(multiply, { a: w.add(range, { count: 4 }).numbers, b: 2 }).product
    w.result('total', w.add(sum, { numbers: doubled }).sum)
    w.result('doubled', doubled)
    const { result } = await run(w.build())
    expect(result).toMatchObject({ state: 'succeeded', results: { total: 12, doubled: [0, 2, 4, 6] } })
  })

  test('makes a loop of a sub-workflow', async () => {
    const w = new WorkflowBuilder()
    w.define('step', { state: Float }, (graph, { state }) => ({ state: graph.add(add, { a: state, b: 2 }).sum }))
    const { state } = w.add(repeat, { state: w.add(number, { value: 1 }).value, body: 'step', times: 5 })
    w.result('state', state)
    const { result } = await run(w.build())
    expect(result).toMatchObject({ state: 'succeeded', results: { state: 11 } })
  })
})
