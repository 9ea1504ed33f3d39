import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  createMemo,
  createMemoryMemoStore,
  createRegistry,
  createResourcePool,
  defineNode,
  type ExecuteOptions,
  float,
  Float,
  link,
  openDiskMemoStore,
  type Resource,
  socketType,
  text,
  WorkflowBuilder,
} from '../index.ts'
import { add, arithmetic, number, runWorkflow } from '../testing.ts'

const Model = socketType<'model', Resource<{ readonly name: string }>>('model')

/** Nodes that load models of 60 bytes, and note what is loaded and freed. */
function modelNodes() {
  const log: string[] = []
  const load = defineNode({
    type: 'Load',
    version: 1,
    inputs: { name: text() },
    outputs: { model: Model },
    run: async ({ name }, { resources }) => ({
      model: await resources.acquire({
        key: name,
        bytes: 60,
        load: () => {
          log.push(`load ${name}`)
          return { name }
        },
        dispose: () => void log.push(`free ${name}`),
      }),
    }),
  })
  const use = defineNode({
    type: 'Use',
    version: 1,
    inputs: { model: link(Model), times: float({ default: 1 }), fail: text() },
    outputs: { length: Float },
    run({ model, times, fail }) {
      if (fail !== '') throw new Error(fail)
      log.push(`use ${model.value.name}`)
      return { length: model.value.name.length * times }
    },
  })
  const registry = createRegistry({ nodes: [load, use] })
  const run = (names: readonly string[], { fail = '', ...options }: ExecuteOptions & { readonly fail?: string }) => {
    const w = new WorkflowBuilder()
    for (const name of names) w.result(name, w.add(use, { model: w.add(load, { name }).model, fail }).length)
    return runWorkflow(w.build(), registry, options)
  }
  return { log, run }
}
const noMemo = () => createMemo()
const settled = () => new Promise((resolve) => setTimeout(resolve, 1))

test('a resource is freed as soon as nothing needs it', async () => {
  const { log, run } = modelNodes()
  const resources = createResourcePool()
  await run(['a', 'b', 'c'], { resources, memo: noMemo(), lanes: { cpu: 1 } })
  await settled()
  expect([resources.bytes, resources.keys]).toEqual([0, []])
  expect(log.filter((entry) => entry.endsWith('a'))).toEqual(['load a', 'use a', 'free a'])
  expect(log.indexOf('free a')).toBeLessThan(log.indexOf('use c'))
})

test('a resource is freed after a failed run too', async () => {
  const { log, run } = modelNodes()
  const resources = createResourcePool()
  const { result } = await run(['a'], { resources, memo: noMemo(), fail: 'broken' })
  await settled()
  expect([result.state, log, resources.bytes]).toEqual(['failed', ['load a', 'free a'], 0])
})

test('the memo keeps resources for the next run, and gives them up when a new one needs the room', async () => {
  const { log, run } = modelNodes()
  const resources = createResourcePool({ maxBytes: 100 })
  const store = createMemoryMemoStore({}, resources)
  resources.onShortage(store.releaseResources)
  const memo = createMemo(store)
  await run(['a'], { resources, memo })
  await settled()
  expect([log, resources.keys]).toEqual([['load a', 'use a'], ['a']])
  await run(['b'], { resources, memo })
  await settled()
  expect([...log.slice(2)].sort()).toEqual(['free a', 'load b', 'use b'])
  expect(resources.keys).toEqual(['b'])
  expect(resources.bytes).toBeLessThanOrEqual(100)
})

test('one key is loaded once, and a load that fails can be tried again', async () => {
  const resources = createResourcePool()
  let loads = 0
  const request = { key: 'k', bytes: 1, load: () => Promise.resolve(++loads) }
  const [first, second] = await Promise.all([resources.acquire(request), resources.acquire(request)])
  expect([first.resource.value, second.resource.value, loads]).toEqual([1, 1, 1])
  await expect(resources.acquire({ key: 'x', bytes: 1, load: () => Promise.reject(new Error('no')) })).rejects.toThrow(
    'no',
  )
  const again = await resources.acquire({ key: 'x', bytes: 1, load: () => 7 })
  expect(again.resource.value).toBe(7)
})

test('a run after a restart takes from disk what one before it has computed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-run-'))
  try {
    const registry = createRegistry({ nodes: arithmetic })
    const w = new WorkflowBuilder()
    w.result('x', w.add(add, { a: w.add(number, { value: 2 }).value }, { id: 'add' }).sum)
    const runs = []
    for (let start = 0; start < 2; start++) {
      const memo = createMemo(createMemoryMemoStore(), await openDiskMemoStore({ folder }))
      runs.push(await runWorkflow(w.build(), registry, { memo }), await runWorkflow(w.build(), registry, { memo }))
      await memo.idle()
    }
    const reused = runs.map(({ events }) => events.filter(({ type }) => type === 'node-reused'))
    expect(reused).toEqual([
      [],
      [{ type: 'node-reused', node: 'add', from: 'memory' }],
      [{ type: 'node-reused', node: 'add', from: 'disk' }],
      [{ type: 'node-reused', node: 'add', from: 'memory' }],
    ])
    expect(runs.map(({ result }) => 'results' in result && result.results)).toEqual(Array(4).fill({ x: 3 }))
  } finally {
    await rm(folder, { recursive: true })
  }
})
