import { describe, expect, test } from 'vitest'
import {
  type AnyNodeDefinition,
  AnyType,
  createMemo,
  createMemoryMemoStore,
  createRegistry,
  defineNode,
  type ExecuteOptions,
  Float,
  link,
  Toggle,
  WorkflowBuilder,
} from '../index.ts'
import {
  add,
  arithmetic,
  forEach,
  multiply,
  number,
  range,
  repeat,
  repeatWhile,
  runWorkflow,
  show,
  sum,
} from '../testing.ts'

const below = defineNode({
  type: 'Below100',
  version: 1,
  inputs: { value: link(Float) },
  outputs: { yes: Toggle },
  run: ({ value }) => ({ yes: value < 100 }),
})

function runOf(build: (w: WorkflowBuilder) => void, options: ExecuteOptions = {}, nodes: AnyNodeDefinition[] = []) {
  const w = new WorkflowBuilder()
  w.define('plus two', { state: Float }, (graph, { state }) => ({ state: graph.add(add, { a: state, b: 2 }).sum }))
  w.define('double', { state: Float }, (graph, { state }) => {
    const { product } = graph.add(multiply, { a: state, b: 2 }, { id: 'times' })
    return { state: product, again: graph.add(below, { value: product }).yes }
  })
  w.define('square', { element: Float }, (graph, { element }) => ({
    result: graph.add(multiply, { a: element, b: element }).product,
  }))
  build(w)
  return runWorkflow(w.build(), createRegistry({ nodes: [...arithmetic, below, ...nodes] }), options)
}
const results = ({ result }: { result: { state: string } }) => ('results' in result ? result.results : result)

describe('loops', () => {
  test('repeat a sub-workflow', async () => {
    const log = await runOf((w) =>
      w.result('x', w.add(repeat, { state: w.add(number, { value: 1 }).value, body: 'plus two', times: 5 }).state),
    )
    expect(results(log)).toEqual({ x: 11 })
  })

  test('reuse the turns they have in common when one is made longer', async () => {
    const memo = createMemo(createMemoryMemoStore())
    const loop = (times: number) => (w: WorkflowBuilder) =>
      void w.result(
        'x',
        w.add(repeat, { state: w.add(number, { value: 1 }).value, body: 'plus two', times }, { id: 'loop' }).state,
      )
    await runOf(loop(3), { memo })
    const longer = await runOf(loop(5), { memo })
    expect(longer.reused).toEqual(['1', 'loop/3/1'])
    expect(longer.started).toEqual(['loop', 'loop/4/1', 'loop/5/1'])
  })

  test('run anew when their body has changed', async () => {
    const memo = createMemo(createMemoryMemoStore())
    const loop = (b: number) => (w: WorkflowBuilder) => {
      w.define('body', { state: Float }, (graph, { state }) => ({ state: graph.add(add, { a: state, b }).sum }))
      w.result('x', w.add(repeat, { state: w.add(number).value, body: 'body', times: 2 }).state)
    }
    expect(results(await runOf(loop(1), { memo }))).toEqual({ x: 2 })
    expect(results(await runOf(loop(10), { memo }))).toEqual({ x: 20 })
  })

  test('go on while a condition holds', async () => {
    const log = await runOf((w) =>
      w.result(
        'x',
        w.add(repeatWhile, { state: w.add(number, { value: 3 }).value, body: 'double' }, { id: 'loop' }).state,
      ),
    )
    expect(results(log)).toEqual({ x: 192 })
    expect(log.started.filter((id) => id.endsWith('/times'))).toHaveLength(6)
  })

  test('run over a list, and nest', async () => {
    const log = await runOf((w) => {
      w.define('power', { element: Float }, (graph, { element }) => ({
        result: graph.addByName('Repeat', 1, { state: element, body: 'double', times: 3 }).output('state'),
      }))
      const { numbers } = w.add(range, { count: 4 })
      w.result('squares', w.add(forEach, { elements: numbers, body: 'square' }).results)
      w.result('powers', w.add(forEach, { elements: numbers, body: 'power' }).results)
    })
    expect(results(log)).toEqual({ squares: [0, 1, 4, 9], powers: [0, 8, 16, 24] })
  })
})

describe('a node that makes a graph', () => {
  const expanding = (run: AnyNodeDefinition['run'], type = 'Expanding'): AnyNodeDefinition => ({
    type,
    version: 1,
    inputs: { value: link(AnyType) },
    outputs: { value: Float },
    run,
  })
  const runExpanding = (definition: AnyNodeDefinition, options: ExecuteOptions = {}) =>
    runOf(
      (w) => {
        const { numbers } = w.add(range, { count: 3 })
        const one = w.addByName(definition.type, 1, { value: w.add(number, { value: 2 }).value }, { id: 'one' })
        w.result('one', one.output('value'))
        w.result('many', w.addByName(definition.type, 1, { value: numbers }, { id: 'many' }).output('value'))
      },
      options,
      [definition],
    )

  test('tells what it made, and is mapped over lists like any other', async () => {
    const definition = expanding((_, { graph, expand }) =>
      expand({ value: graph.add(add, { a: graph.input('value'), b: graph.value(Float, 0.5) }, { id: 'sum' }).sum }),
    )
    const log = await runExpanding(definition)
    expect(results(log)).toEqual({ one: 2.5, many: [0.5, 1.5, 2.5] })
    expect(log.events).toContainEqual({ type: 'node-expanded', node: 'one', nodes: [{ id: 'one/sum', type: 'Add' }] })
  })

  test('that makes no sense fails with what is wrong', async () => {
    const definition = expanding((_, { graph, expand }) => {
      const { output } = graph.addByName('Nothing', 1, {})
      return expand({ value: output('value') })
    })
    const { result } = await runExpanding(definition)
    expect(result.state === 'failed' && [result.error.code, result.error.message]).toEqual([
      'bad-expansion',
      'Expanding (node one): Nothing (node one/1): there is no node type "Nothing". Is a node pack missing?',
    ])
  })

  test('that expands into itself for ever fails', async () => {
    const same = expanding(
      (_, { graph, expand }) =>
        expand({ value: graph.addByName('Same', 1, { value: graph.input('value') }).output('value') }),
      'Same',
    )
    const { result } = await runExpanding(same)
    expect(result.state === 'failed' && result.error.code).toBe('stalled')
    const growing = expanding(
      (_, { graph, expand }) =>
        expand({
          value: graph
            .addByName('Growing', 1, { value: graph.add(add, { a: graph.input('value') }).sum })
            .output('value'),
        }),
      'Growing',
    )
    const deep = await runExpanding(growing)
    expect(deep.result.state === 'failed' && deep.result.error.code).toBe('bad-expansion')
  })

  test('runs it in its own place: what it made is reused by what comes later', async () => {
    const memo = createMemo(createMemoryMemoStore())
    const definition = expanding((_, { graph, expand }) =>
      expand({ value: graph.add(add, { a: graph.input('value') }).sum }),
    )
    await runExpanding(definition, { memo })
    const log = await runOf(
      (w) => void w.add(show, { value: w.add(add, { a: w.add(number, { value: 2 }).value }, { id: 'same' }).sum }),
      { memo },
    )
    expect(log.reused).toEqual(['same'])
  })

  test('sums a list through a graph', async () => {
    const log = await runOf((w) =>
      w.result(
        'x',
        w.add(sum, {
          numbers: w.add(forEach, { elements: w.add(range, { count: 4 }).numbers, body: 'square' }).results,
        }).sum,
      ),
    )
    expect(results(log)).toEqual({ x: 14 })
  })
})
