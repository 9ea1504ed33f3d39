import { expect, test } from 'vitest'
import {
  createRegistry,
  defineNode,
  Float,
  link,
  type OutputRef,
  Toggle,
  validateWorkflow,
  WorkflowBuilder,
} from '../index.ts'
import { add, arithmetic, number, repeatWhile, runWorkflow, show } from '../testing.ts'

const length = 100_000
/** Fails for a number of 10 or more; it asks whether a number is below another. */
const below = (most: number, fails: boolean) =>
  defineNode({
    type: `Below${most}`,
    version: 1,
    inputs: { value: link(Float) },
    outputs: { value: Float, yes: Toggle },
    run({ value }) {
      if (fails && value >= most) throw new Error(`${value} is too large.`)
      return { value, yes: value < most }
    },
  })
const belowTen = below(10, true)
const belowMany = below(10_000, false)
const registry = createRegistry({ nodes: [...arithmetic, belowTen, belowMany] })

function built(build: (w: WorkflowBuilder) => void) {
  const w = new WorkflowBuilder()
  build(w)
  return w.build()
}
function chained(w: WorkflowBuilder, from: OutputRef<'float'>, count: number): OutputRef<'float'> {
  let value = from
  for (let at = 0; at < count; at++) value = w.add(add, { a: value }).sum
  return value
}
const results = ({ result }: { result: { state: string } }) => ('results' in result ? result.results : result)

test('a chain of 100,000 nodes overflows nothing', async () => {
  const workflow = built((w) => void w.result('value', chained(w, w.add(number).value, length)))
  expect(results(await runWorkflow(workflow, registry))).toEqual({ value: length })
})

test('its validation is no deeper than that of ten', async () => {
  const workflow = built((w) => void w.add(show, { value: chained(w, w.add(number).value, length) }))
  const validated = await validateWorkflow(workflow, registry)
  expect(validated.ok && validated.plan.nodes.length).toBe(length + 2)
})

test('loops of ten thousand turns take one turn after the other, not one inside the other', async () => {
  const workflow = built((w) => {
    w.define('count', { state: Float }, (graph, { state }) => {
      const { sum: next } = graph.add(add, { a: state, b: 1 })
      return { state: next, again: graph.add(belowMany, { value: next }).yes }
    })
    w.result('x', w.add(repeatWhile, { state: w.add(number).value, body: 'count', limit: 1_000_000 }).state)
  })
  expect(results(await runWorkflow(workflow, registry))).toEqual({ x: 10_000 })
})

test('a chain of any length behind a node that fails is skipped without nesting', async () => {
  const workflow = built((w) => {
    const { value } = w.add(belowTen, { value: w.add(number, { value: 12 }).value })
    w.add(show, { value: chained(w, value, 20_000) })
  })
  const log = await runWorkflow(workflow, registry)
  expect([log.result.state, log.skipped.length]).toEqual(['failed', 20_001])
})
