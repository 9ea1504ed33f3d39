import { expect, test } from 'vitest'
import { createLanes, createRegistry, defineNode, Float, lazyLink, WorkflowBuilder } from '../index.ts'
import { addLater, arithmetic, multiply, number, range, runWorkflow } from '../testing.ts'

test('a node that begins to wait again before it is back in its lane keeps no place in it', async () => {
  const twice = defineNode({
    type: 'Twice',
    version: 1,
    inputs: { a: lazyLink(Float), b: lazyLink(Float), c: lazyLink(Float) },
    outputs: { sum: Float },
    async run({ a, b, c }) {
      const second = b()
      const first = await a()
      const [third, fourth] = await Promise.all([c(), second])
      return { sum: first + third + fourth }
    },
  })
  const w = new WorkflowBuilder()
  const numberOf = (value: number) => w.add(number, { value }).value
  w.result('sum', w.add(twice, { a: numberOf(1), b: numberOf(2), c: numberOf(3) }).sum)
  // Takes the only place in the lane while the node would go back into it.
  w.result('other', w.add(addLater, { a: numberOf(9) }).sum)
  const lanes = createLanes({ cpu: 1 })
  const registry = createRegistry({ nodes: [...arithmetic, twice] })
  const { result } = await runWorkflow(w.build(), registry, { lanes })
  expect(result).toMatchObject({ state: 'succeeded', results: { sum: 6, other: 10 } })
  expect([lanes.take('cpu'), lanes.take('cpu')]).toEqual([true, false])
})

test('turns that a list in a lazy input brings make graphs of their own', async () => {
  const square = defineNode({
    type: 'Square',
    version: 1,
    inputs: { value: lazyLink(Float) },
    outputs: { square: Float },
    async run({ value }, { graph, expand }) {
      const x = graph.value(Float, await value())
      return expand({ square: graph.add(multiply, { a: x, b: x }).product })
    },
  })
  const w = new WorkflowBuilder()
  const numbers = w.add(range, { count: 3 }).numbers
  w.result('squares', w.add(square, { value: numbers }, { id: 'square' }).square)
  const { result, started } = await runWorkflow(w.build(), createRegistry({ nodes: [...arithmetic, square] }))
  expect(result).toMatchObject({ results: { squares: [0, 1, 4] } })
  expect(started.filter((id) => id.startsWith('square/'))).toEqual(['square/1', 'square/1:1', 'square/2:1'])
})
