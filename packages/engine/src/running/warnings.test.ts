import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  createMemo,
  createMemoryMemoStore,
  createRegistry,
  defineNode,
  type ExecuteOptions,
  Float,
  link,
  openDiskMemoStore,
  WorkflowBuilder,
} from '../index.ts'
import { add, choose, number, runWorkflow, show } from '../testing.ts'

const half = 'half.txt: only half of it was read.'
const doubt = defineNode({
  type: 'Doubt',
  version: 1,
  inputs: { value: link(Float) },
  outputs: { value: Float },
  run({ value }, { warn }) {
    warn(half)
    warn(half)
    return { value }
  },
})
const registry = createRegistry({ nodes: [number, add, show, choose, doubt] })
const folder = await mkdtemp(join(tmpdir(), 'patchbay-warnings-'))
afterAll(() => rm(folder, { recursive: true }))

/** number -> doubt -> sum -> show */
function run(options: ExecuteOptions = {}, { more = 1 } = {}) {
  const w = new WorkflowBuilder()
  const value = w.add(doubt, { value: w.add(number, { value: 3 }).value }, { id: 'doubt' }).value
  w.add(show, { value: w.add(add, { a: value, b: more }, { id: 'sum' }).sum }, { id: 'show' })
  return runWorkflow(w.build(), registry, options)
}
const told = { type: 'node-warned', node: 'doubt', message: half }

test('a warning is told once, as an event and with the result, and the run goes on', async () => {
  const { events, result } = await run()
  expect(events.filter(({ type }) => type === 'node-warned')).toEqual([told])
  expect(result).toMatchObject({ state: 'succeeded', warnings: [{ node: 'doubt', message: half }] })
})

test('a run that reuses the result, or only what was made of it, tells the warning again', async () => {
  const memo = createMemo(createMemoryMemoStore())
  await run({ memo })
  const same = await run({ memo })
  expect([same.reused, same.events]).toEqual([['sum'], expect.arrayContaining([told])])
  const another = await run({ memo }, { more: 2 })
  expect([another.reused, another.events]).toEqual([['doubt'], expect.arrayContaining([told])])
})

test('what nobody asks for is not warned of', async () => {
  const memo = createMemo(createMemoryMemoStore())
  await run({ memo })
  const w = new WorkflowBuilder()
  const value = w.add(doubt, { value: w.add(number, { value: 3 }).value }).value
  const chosen = w.add(choose, { first: true, a: w.add(number, { value: 8 }).value, b: value }).value
  w.add(show, { value: chosen })
  const log = await runWorkflow(w.build(), registry, { memo })
  expect(log.result.warnings).toEqual([])
})

test('a result with a warning is computed again by the next process, which would not know of it', async () => {
  const open = async () => createMemo(createMemoryMemoStore(), await openDiskMemoStore({ folder }))
  const before = await open()
  await run({ memo: before })
  await before.idle()
  const after = await run({ memo: await open() }, { more: 5 })
  expect([after.started, after.events]).toEqual([['doubt', 'sum', 'show'], expect.arrayContaining([told])])
})
