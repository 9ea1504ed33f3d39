import { expect, test } from 'vitest'
import {
  type ArtifactRef,
  createMemo,
  createMemoryMemoStore,
  createRegistry,
  defineNode,
  type ExecuteOptions,
  Float,
  link,
  WorkflowBuilder,
} from '../index.ts'
import { number, range, runWorkflow, show } from '../testing.ts'

const kept: ArtifactRef = { hash: 'sha256:00', name: 'one.txt', mime: 'text/plain', bytes: 1, kind: 'text' }
const keep = defineNode({
  type: 'Keep',
  version: 1,
  inputs: { value: link(Float) },
  outputs: {},
  sideEffect: true,
  run(_inputs, { artifact }) {
    artifact(kept)
    return {}
  },
})
const tell = defineNode({
  type: 'Tell',
  version: 1,
  inputs: { value: link(Float) },
  outputs: {},
  sideEffect: true,
  run({ value }, { show: tellThem }) {
    tellThem({ values: [value], last: value })
    return {}
  },
})
const registry = createRegistry({ nodes: [number, range, show, keep, tell] })
const freshMemo = () => createMemo(createMemoryMemoStore())
function run(value: number, options: ExecuteOptions) {
  const w = new WorkflowBuilder()
  const source = w.add(number, { value }, { id: 'number' }).value
  w.add(show, { value: source }, { id: 'show' })
  w.add(keep, { value: source }, { id: 'keep' })
  return runWorkflow(w.build(), registry, options)
}

test('a side effect runs each time, unless the run may take over what an earlier one left', async () => {
  const memo = freshMemo()
  await run(3, { memo, reuseEffects: true })
  const again = await run(3, { memo, reuseEffects: true })
  expect([again.started, again.reused.toSorted()]).toEqual([[], ['keep', 'show']])
  expect((await run(3, { memo })).started).toEqual(['show', 'keep'])
})

test('a side effect that is not repeated tells its artifacts and what it showed again', async () => {
  const memo = freshMemo()
  await run(3, { memo, reuseEffects: true })
  const { events } = await run(3, { memo, reuseEffects: true })
  expect(events).toContainEqual({ type: 'node-artifact', node: 'keep', artifact: kept })
  expect(events).toContainEqual({ type: 'node-reused', node: 'show', from: 'memory', shown: { value: 3 } })
})

test('a side effect with other inputs runs', async () => {
  const memo = freshMemo()
  await run(3, { memo, reuseEffects: true })
  expect((await run(4, { memo, reuseEffects: true })).started).toEqual(['number', 'show', 'keep'])
})

test('a side effect whose result the memo has forgotten runs again', async () => {
  const store = createMemoryMemoStore()
  const memo = createMemo(store)
  await run(3, { memo, reuseEffects: true })
  store.clear()
  expect((await run(3, { memo, reuseEffects: true })).started).toEqual(['number', 'show', 'keep'])
})

test('of two side effects that are the same in one run, one happens and both are told', async () => {
  const w = new WorkflowBuilder()
  const source = w.add(number, { value: 3 }).value
  w.add(show, { value: source }, { id: 'first' })
  w.add(show, { value: source }, { id: 'second' })
  const { events, reused } = await runWorkflow(w.build(), registry, { memo: freshMemo(), reuseEffects: true })
  expect(reused).toEqual(['second'])
  expect(events).toContainEqual({ type: 'node-reused', node: 'second', from: 'in-flight', shown: { value: 3 } })
})

test('lists that the turns of a mapped side effect show are joined; of anything else the last stands', async () => {
  const w = new WorkflowBuilder()
  w.add(tell, { value: w.add(range, { count: 3 }).numbers }, { id: 'tell' })
  const { shown } = await runWorkflow(w.build(), registry)
  expect(shown['tell']).toEqual({ values: [0, 1, 2], last: 2 })
})

const keepOne = defineNode({
  type: 'KeepOne',
  version: 1,
  inputs: { value: link(Float) },
  outputs: { value: Float },
  sideEffect: true,
  run({ value }, { artifact, show: tellThem }) {
    artifact(kept)
    tellThem({ value })
    return { value }
  },
})
const expanding = defineNode({
  type: 'Expanding',
  version: 1,
  inputs: { value: link(Float) },
  outputs: { value: Float },
  run: (_inputs, { graph, expand }) =>
    expand({ value: graph.add(keepOne, { value: graph.input('value') }, { id: 'keep' }).value }),
})
const twice = defineNode({
  type: 'Twice',
  version: 1,
  inputs: { value: link(Float) },
  outputs: { value: Float },
  run: (_inputs, { graph, expand }) =>
    expand({ value: graph.add(expanding, { value: graph.input('value') }, { id: 'inner' }).value }),
})

test.each([
  ['expanded into', expanding, 'outer/keep'],
  ['expanded into by way of another', twice, 'outer/inner/keep'],
])('what nodes kept and showed that a node %s is told again when that node is reused', async (_, outer, id) => {
  const memo = freshMemo()
  const w = new WorkflowBuilder()
  w.result('value', w.add(outer, { value: w.add(number, { value: 3 }).value }, { id: 'outer' }).value)
  const nodes = createRegistry({ nodes: [number, keepOne, expanding, twice] })
  await runWorkflow(w.build(), nodes, { memo })
  const { events, started } = await runWorkflow(w.build(), nodes, { memo })
  expect(started).toEqual([])
  expect(events).toContainEqual({ type: 'node-artifact', node: id, artifact: kept })
  expect(events).toContainEqual({ type: 'node-reused', node: id, from: 'memory', shown: { value: 3 } })
  memo.effects.forgetFiles()
  // The file may be gone, so what would tell of it runs again.
  expect((await runWorkflow(w.build(), nodes, { memo })).started).toContain(id)
})
