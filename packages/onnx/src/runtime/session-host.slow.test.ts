import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { Graph, type Value } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { serializeModel } from '../serialize/model.ts'
import { float32, type AnyTensor, zeros } from '../tensor/tensor.ts'
import { createSessionHost, type SessionHost, type SessionHostOptions } from './session-host.ts'

const hosts: SessionHost[] = []
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()))
})

function newHost(options: SessionHostOptions = {}): SessionHost {
  const host = createSessionHost(options)
  hosts.push(host)
  return host
}

const side = 1536

/** Matrix products that take many seconds: of the input, or, where it is a constant, while the model loads. */
function slowModel(of: 'input' | 'constant') {
  const graph = new Graph()
  const start =
    of === 'input' ? graph.input('x', 'float32', [side, side]) : graph.constant(zeros('float32', [side, side]))
  let x: Value = start
  for (let i = 0; i < 200; i++) x = ops.relu(ops.matMul(x, x))
  graph.output('y', ops.reduceSum(x))
  return serializeModel(graph)
}

function doubling() {
  const graph = new Graph()
  graph.output('y', ops.mul(graph.input('x', 'float32', ['n']), 2))
  return serializeModel(graph)
}

const square = (): AnyTensor => zeros('float32', [side, side])
const three = { x: float32([1], [3]) }
const six = { y: float32([1], [6]) }

/** Lets the work run for `ms` milliseconds, aborts it and waits until it has told so. */
async function abortAfter(ms: number, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const controller = new AbortController()
  const settled = work(controller.signal).then(
    () => 'succeeded',
    (error: unknown) => error,
  )
  await delay(ms)
  controller.abort(new Error('cancelled by the user'))
  expect(await settled).toEqual(new Error('cancelled by the user'))
}

describe('a session host', () => {
  test('runs a model in another process while this one goes on', async () => {
    const host = newHost()
    const model = host.open(doubling())
    expect(await model.run(three)).toEqual(six)
    expect(host.status().pid).not.toBe(process.pid)
    let ended = false
    const slow = host
      .open(slowModel('input'))
      .run({ x: square() })
      .finally(() => (ended = true))
    for (let turn = 0; turn < 20; turn++) await delay(10)
    expect(ended).toBe(false)
    await host.close()
    await expect(slow).rejects.toThrow()
  })

  test('is cancelled in the middle of a run by ending its process, and the next run is as if nothing had happened', async () => {
    const host = newHost()
    const small = host.open(doubling())
    const slow = host.open(slowModel('input'))
    await small.run(three)
    await slow.load()
    await abortAfter(400, (signal) => slow.run({ x: square() }, { signal }))
    expect(await small.run(three)).toEqual(six)
    expect(host.status().started).toBe(2)
  })

  test('is cancelled in the middle of a load by ending its process, and the next run is as if nothing had happened', async () => {
    const host = newHost()
    const small = host.open(doubling())
    const slow = host.open(slowModel('constant'), { weights: 'folded' })
    await small.run(three)
    await abortAfter(400, (signal) => slow.load({ signal }))
    expect(await small.run(three)).toEqual(six)
    expect(host.status()).toMatchObject({ started: 2, loaded: 1 })
  })

  test('is cancelled while its process is starting', async () => {
    const host = newHost()
    const small = host.open(doubling())
    await abortAfter(5, (signal) => small.run(three, { signal }))
    expect(await small.run(three)).toEqual(six)
  })

  test('lets a run that waits its turn go at once, and keeps the process', async () => {
    const host = newHost()
    const small = host.open(doubling())
    await small.run(three)
    const graph = new Graph()
    const x = graph.input('x', 'float32', [side, side])
    graph.output('y', ops.reduceSum(ops.matMul(ops.matMul(ops.matMul(x, x), x), x)))
    let busyEnded = false
    const busy = host
      .open(serializeModel(graph))
      .run({ x: square() })
      .finally(() => (busyEnded = true))
    await abortAfter(0, (signal) => small.run(three, { signal }))
    expect(busyEnded).toBe(false)
    await busy
    expect(host.status().started).toBe(1)
  })

  test('keeps its process where a cancelled run ends within the grace', async () => {
    const host = newHost({ grace: 10_000 })
    const small = host.open(doubling())
    await small.run(three)
    const controller = new AbortController()
    const running = small.run(three, { signal: controller.signal })
    await Promise.resolve().then(() => Promise.resolve())
    controller.abort(new Error('cancelled by the user'))
    await expect(running).rejects.toThrow('cancelled by the user')
    expect(await small.run(three)).toEqual(six)
    expect(host.status().started).toBe(1)
  })

  test('never begins what is cancelled already', async () => {
    const host = newHost()
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(host.open(doubling()).run(three, { signal })).rejects.toThrow('too late')
    expect(host.status().started).toBe(0)
  })

  test('says so where its process dies by itself, and starts another for the next run', async () => {
    const host = newHost()
    const model = host.open(doubling())
    const slow = host.open(slowModel('input'))
    await model.run(three)
    const running = slow.run({ x: square() })
    setTimeout(() => process.kill(host.status().pid ?? 0, 'SIGSEGV'), 200)
    await expect(running).rejects.toMatchObject({ code: 'process-died', message: expect.stringContaining('SIGSEGV') })
    expect(await model.run(three)).toEqual(six)
  })

  test('passes on what a session says of a wrong feed, and goes on', async () => {
    const host = newHost()
    const model = host.open(doubling())
    await expect(model.run({})).rejects.toMatchObject({
      code: 'wrong-feed',
      message: expect.stringContaining('needs "x"'),
    })
    expect(await model.run(three, { outputs: ['y'] })).toEqual(six)
    expect(host.status().started).toBe(1)
  })

  test('keeps models within its budget, and loads again what had to go', async () => {
    const host = newHost({ budget: 10 })
    const [a, b] = [host.open(doubling(), { bytes: 6 }), host.open(doubling(), { bytes: 6 })]
    await a.run(three)
    await b.run(three)
    expect(host.status().loaded).toBe(1)
    expect(await a.run(three)).toEqual(six)
    await a.release()
    expect(host.status()).toMatchObject({ loaded: 0, started: 1 })
  })

  test('replaces its process between runs once its memory has grown', async () => {
    const host = newHost({ growthLimit: 8 * 2 ** 20 })
    // Memory of a run is kept for the next (the arena), so a large run leaves a large process.
    const model = host.open(doubling(), { arena: true })
    const run = (count: number) => model.run({ x: zeros('float32', [count]) })
    await run(1)
    await run(1)
    expect(host.status()).toMatchObject({ started: 1, pid: expect.any(Number) })
    await run(8 * 2 ** 20)
    expect(host.status()).toMatchObject({ started: 1, pid: undefined })
    expect(await model.run(three)).toEqual(six)
    expect(host.status().started).toBe(2)
  })

  test('keeps its caller alive while it works or dies, and not a moment longer', async () => {
    const source = new URL('../index.ts', import.meta.url).href
    const script = `
      import { createSessionHost, Graph, ops, serializeModel, zeros } from '${source}'
      const modelOf = (products) => {
        const graph = new Graph()
        let x = graph.input('x', 'float32', [1024, 1024])
        for (let i = 0; i < products; i++) x = ops.matMul(x, x)
        graph.output('y', ops.reduceSum(x))
        return serializeModel(graph)
      }
      const host = createSessionHost({ grace: 0 })
      const feeds = { x: zeros('float32', [1024, 1024]) }
      const slow = host.open(modelOf(400))
      await slow.load()
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 200)
      await slow.run(feeds, { signal: controller.signal }).catch(() => process.stdout.write('cancelled '))
      const { y } = await host.open(modelOf(1)).run(feeds)
      process.stdout.write(String(y.data[0]))`
    const options = ['--conditions=patchbay-source', '--import', 'tsx', '--input-type=module', '-e', script]
    const { stdout } = await promisify(execFile)(process.execPath, options, { timeout: 25_000 })
    expect(stdout).toBe('cancelled 0')
  })

  test('refuses work once it is closed', async () => {
    const host = newHost()
    const model = host.open(doubling())
    await model.run(three)
    await host.close()
    await expect(model.run(three)).rejects.toMatchObject({ code: 'disposed' })
    expect(host.status().pid).toBe(undefined)
  })
})
