import { describe, expect, test } from 'vitest'
import {
  coercion,
  createMemo,
  createMemoryMemoStore,
  createRegistry,
  defineNode,
  type FailurePolicy,
  Float,
  json,
  link,
  listOf,
  type Memo,
  Text,
  type Workflow,
  WorkflowBuilder,
} from '../index.ts'
import { add, arithmetic, forEach, number, runWorkflow, show, sum } from '../testing.ts'

/** A run of nodes that count their calls and fail on what is listed. */
function world(memo?: Memo) {
  const calls: number[] = []
  const bad = new Map<number, number>()
  const numbers = defineNode({
    type: 'Numbers',
    version: 1,
    inputs: { list: json({ default: [] }) },
    outputs: { numbers: listOf(Float) },
    run: ({ list }) => ({ numbers: list as number[] }),
  })
  const picky = defineNode({
    type: 'Picky',
    version: 1,
    inputs: { value: link(Float) },
    outputs: { value: Float },
    run({ value }) {
      calls.push(value)
      const times = bad.get(value) ?? 0
      bad.set(value, times - 1)
      if (times > 0) throw new RangeError(`${value} is bad`)
      return { value: value * 10 }
    },
  })
  const words = defineNode({
    type: 'Words',
    version: 1,
    inputs: { list: json({ default: [] }) },
    outputs: { words: listOf(Text) },
    run: ({ list }) => ({ words: list as string[] }),
  })
  const toNumber = coercion(Text, Float, (text) => {
    const value = Number(text)
    if (Number.isNaN(value)) throw new TypeError(`"${text}" is no number`)
    return value
  })
  const registry = createRegistry({ nodes: [...arithmetic, numbers, picky, words], coercions: [toNumber] })
  const run = (build: (w: WorkflowBuilder) => void, more: Pick<Workflow, 'onFailure'> = {}) => {
    const w = new WorkflowBuilder()
    build(w)
    return runWorkflow({ ...w.build(), ...more }, registry, memo ? { memo } : {})
  }
  const listed = (list: readonly number[]) => (w: WorkflowBuilder) => {
    const { value } = w.add(picky, { value: w.add(numbers, { list }, { id: 'numbers' }).numbers }, { id: 'picky' })
    w.result('all', value)
    w.add(show, { value: w.add(sum, { numbers: value }, { id: 'sum' }).sum }, { id: 'show' })
  }
  return { calls, bad, numbers, picky, words, run, listed }
}
const skip: FailurePolicy = { then: 'skip' }

describe('a bad item of a list', () => {
  test('fails the node unless the document says otherwise', async () => {
    const { bad, run, listed } = world()
    bad.set(2, 9)
    expect((await run(listed([1, 2, 3]))).result).toMatchObject({ state: 'failed', error: { nodeId: 'picky' } })
  })

  test('is left out with a warning where failures are skipped, and the run succeeds', async () => {
    const { bad, run, listed } = world()
    bad.set(2, 9)
    const { result, shown } = await run(listed([1, 2, 3]), { onFailure: skip })
    expect(result).toMatchObject({
      state: 'succeeded',
      results: { all: [10, undefined, 30] },
      warnings: [{ node: 'picky', message: 'item 2 of 3 is left out: 2 is bad' }],
    })
    expect(shown).toEqual({ show: { value: 40 } })
  })

  test('is tried again as often as the document says, and then left out or not', async () => {
    const { bad, run, listed, calls } = world()
    bad.set(2, 2)
    expect((await run(listed([1, 2]), { onFailure: { retries: 2 } })).result).toMatchObject({
      results: { all: [10, 20] },
    })
    bad.set(2, 2)
    const once = await run(listed([1, 2]), { onFailure: { retries: 1, then: 'skip' } })
    expect(once.result).toMatchObject({ results: { all: [10, undefined] } })
    expect(calls).toEqual([1, 2, 2, 2, 1, 2, 2])
  })

  test('follows the rule of its node before that of the document', async () => {
    const { bad, numbers, picky, run } = world()
    bad.set(2, 9)
    const build = (w: WorkflowBuilder) =>
      w.result(
        'all',
        w.add(picky, { value: w.add(numbers, { list: [1, 2] }).numbers }, { id: 'picky', onFailure: skip }).value,
      )
    expect((await run(build, { onFailure: { then: 'stop' } })).result).toMatchObject({
      results: { all: [10, undefined] },
    })
  })

  test('is one in the body of a loop and in a sub-workflow too', async () => {
    const { bad, numbers, picky, run } = world()
    bad.set(2, 9)
    const { result } = await run((w) => {
      w.define('body', { element: Float }, (g, { element }) => ({ result: g.add(picky, { value: element }).value }))
      const elements = w.add(numbers, { list: [1, 2, 3] }).numbers
      w.result('all', w.add(forEach, { elements, body: 'body' }, { id: 'loop', onFailure: skip }).results)
    })
    expect(result).toMatchObject({ state: 'succeeded', results: { all: [10, 30] } })
  })

  test('is one that cannot be converted, or does not fit the input, as well', async () => {
    const { words, run } = world()
    const { result } = await run(
      (w) =>
        w.addByName('Add', 1, { a: w.add(words, { list: ['1', 'x', '3'] }).words }, { id: 'add' }) &&
        w.result('all', { link: { node: 'add', output: 'sum' } }),
      { onFailure: skip },
    )
    expect(result).toMatchObject({ state: 'succeeded', results: { all: [2, undefined, 4] } })
  })

  test('of nothing but bad ones fails the run with the reason', async () => {
    const { bad, run, numbers, picky } = world()
    for (const value of [1, 2]) bad.set(value, 9)
    const build = (w: WorkflowBuilder) => {
      const { value } = w.add(picky, { value: w.add(numbers, { list: [1, 2] }).numbers }, { id: 'picky' })
      w.add(show, { value }, { id: 'show' })
    }
    const { result } = await run(build, { onFailure: skip })
    expect(result).toMatchObject({ state: 'failed', error: { code: 'blocked', nodeId: 'picky' } })
  })
})

describe('a list that changes', () => {
  const memo = () => createMemo(createMemoryMemoStore())

  test('from three elements to four computes one, wherever it stands', async () => {
    const { calls, run, listed } = world(memo())
    await run(listed([1, 2, 3]))
    const grown = await run(listed([1, 4, 2, 3]))
    expect(calls).toEqual([1, 2, 3, 4])
    expect(grown.result).toMatchObject({ results: { all: [10, 40, 20, 30] } })
  })

  test('computes one through a chain of nodes, and in a loop', async () => {
    const { calls, numbers, picky, run } = world(memo())
    const chain = (list: number[]) => (w: WorkflowBuilder) => {
      const added = w.add(add, { a: w.add(numbers, { list }).numbers, b: w.add(number, { value: 5 }).value }).sum
      w.result('all', w.add(picky, { value: w.add(add, { a: added }).sum }).value)
      w.define('body', { element: Float }, (g, { element }) => ({
        result: g.add(picky, { value: g.add(add, { a: element, b: 100 }).sum }).value,
      }))
      w.result('looped', w.add(forEach, { elements: w.add(numbers, { list }).numbers, body: 'body' }).results)
    }
    await run(chain([1, 2, 3]))
    calls.length = 0
    const { result } = await run(chain([1, 2, 3, 4]))
    expect(calls).toEqual([10, 104])
    expect(result).toMatchObject({ results: { all: [70, 80, 90, 100], looped: [1010, 1020, 1030, 1040] } })
  })

  test('does not when another input of the node does', async () => {
    const { calls, picky, numbers, run } = world(memo())
    const build = (b: number) => (w: WorkflowBuilder) =>
      w.result('all', w.add(picky, { value: w.add(add, { a: w.add(numbers, { list: [1, 2] }).numbers, b }).sum }).value)
    await run(build(1))
    await run(build(2))
    expect(calls).toEqual([2, 3, 3, 4])
  })

  test('keeps what was made before one of it failed, and tries what was left out again', async () => {
    const { bad, calls, run, listed } = world(memo())
    bad.set(3, 1)
    await run(listed([1, 2, 3]))
    expect((await run(listed([1, 2, 3]))).result).toMatchObject({ results: { all: [10, 20, 30] } })
    expect(calls).toEqual([1, 2, 3, 3])
    bad.set(7, 1)
    await run(listed([1, 7]), { onFailure: skip })
    expect((await run(listed([1, 7]), { onFailure: skip })).result).toMatchObject({ results: { all: [10, 70] } })
    expect(calls).toEqual([1, 2, 3, 3, 7, 7])
  })
})
