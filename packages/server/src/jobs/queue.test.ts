import pino from 'pino'
import { describe, expect, test, vi } from 'vitest'
import type { RunEvent, Workflow } from '@patchbay/engine/workflow'
import type { Job } from '../api/api-types.ts'
import { Failure } from '../failure.ts'
import { createHub } from '../live/hub.ts'
import { type RunFeedDependencies, createRunFeed } from '../live/run-feed.ts'
import type { Supervisor } from '../runner/supervisor.ts'
import { openStores } from '../store/sqlite/open-stores.ts'
import { createDispatcher } from './dispatcher.ts'
import { createQueue } from './queue.ts'

const document: Workflow = { format: 'patchbay-workflow', version: 1, nodes: {} }
const log = pino({ level: 'silent' })
const finished = { timeline: [], memoryBytes: 0 } as const
type Outcome = Partial<Parameters<ReturnType<typeof createRunFeed>['ended']>[1]>

/** A queue over one device that runs what a test tells it to. */
function makeQueue({
  capacity = 100,
  stores = openStores(':memory:'),
  store = {} as Partial<RunFeedDependencies['store']>,
} = {}) {
  const { jobs, events } = stores
  const hub = createHub(events)
  events.follow((messages) => hub.publish(messages))
  const started: Parameters<Supervisor['run']>[1][] = []
  const ended: Job[] = []
  let busy: string | undefined
  let isReady = true
  const supervisor = {
    idleDevice: () => (busy === undefined ? 'cpu' : undefined),
    run: (_device: string, job: (typeof started)[number]) => {
      if (!isReady) return false
      busy = job.id
      started.push(job)
      return true
    },
    cancel: vi.fn(() => true),
    devices: () => [{ name: 'cpu', state: 'idle' as const, restarts: 0 }],
  }
  const onFinished = (job: Job) => void ended.push(job)
  const feed = createRunFeed({
    ...{ store: { ...jobs, ...store }, hub, supervisor, log, onFinished, onRunOver: () => undefined },
    ...{ maxAttempts: 3, againMs: 10 },
  })
  const dispatcher = createDispatcher({ store: jobs, supervisor, feed, log })
  const queue = createQueue({
    ...{ store: jobs, hub, supervisor, capacity },
    ...{ onWaiting: () => undefined, onCancelled: onFinished, onCleared: () => undefined },
  })
  const submit = async (draft: object = {}, more: object = {}) => {
    const drafts = [{ document, priority: 0, owner: 'ann', ...draft }]
    return (await queue.submit({ owner: 'ann', drafts, ...more })).jobs[0]?.id ?? ''
  }
  /** Until the next job has been handed over, or there is none. */
  const fill = async () => {
    dispatcher.fill()
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  const end = async (outcome: Outcome = {}) => {
    const job = busy ?? ''
    busy = undefined
    feed.ended(job, { state: 'succeeded', ...finished, ...outcome })
    await fill()
  }
  const setReady = (ready: boolean) => void (isReady = ready)
  return { stores, jobs, events, hub, queue, feed, supervisor, submit, fill, end, started, ended, setReady }
}

describe('a queue', () => {
  test('tells of a job its place, and when it may be done', async () => {
    const { submit, fill, end, queue, jobs } = makeQueue()
    await submit()
    await fill()
    await end()
    const [first, second] = [await submit(), await submit()]
    const waiting = await Promise.all([first, second].map((id) => jobs.job(id)))
    const placed = await queue.withPositions(waiting.flatMap((job) => job ?? []))
    expect(placed.map(({ position }) => position)).toEqual([1, 2])
    expect(placed.every(({ expectedAt = 0 }) => expectedAt >= Date.now() - 1_000)).toBe(true)
  })

  test('refuses with a reason: a full queue, a key of another request, what has gone or cannot be', async () => {
    const { submit, fill, end, queue } = makeQueue({ capacity: 2 })
    const id = await submit({}, { idempotency: { key: 'k', request: 'a' } })
    const other = submit({}, { idempotency: { key: 'k', request: 'b' } })
    await expect(other).rejects.toMatchObject({ code: 'key-reused' })
    await expect(queue.remove(id)).rejects.toMatchObject({ code: 'conflict' })
    await expect(queue.retry(id)).rejects.toMatchObject({ code: 'conflict' })
    await expect(queue.change(id, { move: { after: 'x' } })).rejects.toMatchObject({ code: 'conflict' })
    await submit()
    await expect(submit()).rejects.toMatchObject({ code: 'queue-full', status: 429, retryAfter: 5 })
    await fill()
    await end()
    await queue.remove(id)
    for (const gone of [queue.remove(id), queue.cancel(id), queue.retry(id), queue.change(id, {})]) {
      await expect(gone).rejects.toMatchObject({ code: 'not-found' })
    }
  })

  test('gives the same jobs to the same key', async () => {
    const { submit, queue } = makeQueue()
    const keyed = { idempotency: { key: 'k', request: 'a' } }
    expect(await submit({}, keyed)).toBe(await submit({}, keyed))
    expect((await queue.status()).queued).toBe(1)
  })

  test('hands nothing over while paused, and says so to viewers', async () => {
    const { submit, fill, queue, hub, started } = makeQueue()
    const told = vi.spyOn(hub, 'publishQueue')
    expect(await queue.pause()).toMatchObject({ paused: true, queued: 0 })
    await submit()
    await fill()
    expect([started.length, told.mock.lastCall?.[0].paused]).toEqual([0, true])
    await queue.resume()
    await fill()
    expect(started).toHaveLength(1)
  })

  test('clears what waits and leaves what runs', async () => {
    const { submit, fill, queue } = makeQueue()
    await submit()
    await fill()
    for (let index = 0; index < 3; index++) await submit()
    expect(await queue.clear()).toBe(3)
    expect(await queue.status()).toMatchObject({ queued: 0, running: 1 })
  })

  test('answers who waits for the end of a job, whenever it comes', async () => {
    const { submit, fill, end, queue } = makeQueue()
    const id = await submit()
    await fill()
    const early = queue.whenFinished(id, 60_000)
    await end()
    await early
    await queue.whenFinished(id, 60_000)
    await queue.whenFinished('never was', 60_000)
    await queue.whenFinished(await submit(), 10)
    await queue.whenFinished(await submit(), 60_000, AbortSignal.timeout(10))
  })
})

describe('a job that is handed to a device', () => {
  test('goes back into its place, with no attempt used, when the device is not ready after all', async () => {
    const { submit, fill, setReady, jobs, started, stores } = makeQueue()
    const id = await submit()
    setReady(false)
    const filling = fill()
    await expect
      .poll(async () => (await stores.events.after(0, 9)).map(({ event }) => event.type))
      .toContain('job-requeued')
    setReady(true)
    await filling
    await expect.poll(() => started.map((job) => job.id)).toEqual([id])
    expect(await jobs.job(id)).toMatchObject({ state: 'running', attempts: 1 })
  })

  test('is told to viewers as it goes, with progress in its place', async () => {
    const { submit, fill, end, feed, hub, jobs } = makeQueue()
    const heard: string[] = []
    hub.listen(({ event }) => heard.push(event.type))
    const id = await submit()
    await fill()
    const run: RunEvent[] = [
      { type: 'run-started', nodes: 1 },
      { type: 'node-started', node: 'a' },
      { type: 'node-progress', node: 'a', step: 1, steps: 1 },
      { type: 'node-finished', node: 'a', ms: 1 },
    ]
    for (const event of run) feed.receive(id, [event])
    await end()
    expect(heard).toEqual(['job-queued', 'job-started', ...run.map(({ type }) => type), 'job-succeeded'])
    expect(await jobs.job(id)).toMatchObject({ state: 'succeeded', nodes: { total: 1, finished: 1 } })
  })

  test('is cancelled at once, whatever its runner still says', async () => {
    const { submit, fill, end, feed, queue, jobs, supervisor, ended } = makeQueue()
    const id = await submit()
    await fill()
    expect((await queue.cancel(id)).state).toBe('cancelled')
    expect(supervisor.cancel).toHaveBeenCalledWith(id)
    feed.receive(id, [{ type: 'node-finished', node: 'a', ms: 1 }])
    await end({ state: 'succeeded' })
    const job = await jobs.job(id)
    expect([job?.state, job?.nodes]).toEqual(['cancelled', undefined])
    expect(ended.map(({ state }) => state)).toEqual(['cancelled'])
  })

  test('fails when its runner dies, or is tried again up to three times where it asks for it', async () => {
    const { submit, fill, end, jobs, started } = makeQueue()
    const error = { code: 'runner-crashed', message: 'SIGSEGV' }
    const once = await submit()
    await fill()
    await end({ state: 'failed', crashed: true, error })
    expect((await jobs.job(once))?.error).toEqual(error)
    const stubborn = await submit({ onCrash: 'requeue' })
    await fill()
    for (let attempt = 0; attempt < 3; attempt++) await end({ state: 'failed', crashed: true, error })
    expect(started.filter(({ id }) => id === stubborn)).toHaveLength(3)
    expect((await jobs.job(stubborn))?.state).toBe('failed')
  })

  test('is given back by a server that stops in order, and uses up no attempt however often that is', async () => {
    const { submit, stores, jobs } = makeQueue()
    const [id, careful] = [await submit(), await submit({ onCrash: 'fail' })]
    for (let stop = 0; stop < 5; stop++) {
      const server = makeQueue({ stores })
      await server.fill()
      expect(server.started.map((job) => job.id)).toEqual([id])
      await server.feed.giveBack()
      server.feed.receive(id, [{ type: 'node-started', node: 'a' }])
      expect(await jobs.job(id)).toMatchObject({ state: 'queued', attempts: 0 })
    }
    expect((await jobs.job(careful))?.state).toBe('queued')
  })
})

describe('a run whose store', () => {
  test('is full fails with that reason, and its end is kept when there is room again', async () => {
    let room = false
    const full = new Failure('storage-full', 'The disk is full.')
    const made = makeQueue()
    const { jobs } = made
    const guarded = {
      record: () => Promise.reject(full),
      finish: (...end: Parameters<typeof jobs.finish>) => (room ? jobs.finish(...end) : Promise.reject(full)),
    }
    const { submit, fill, end, feed, supervisor } = makeQueue({ stores: made.stores, store: guarded })
    const id = await submit()
    await fill()
    feed.receive(id, [{ type: 'node-started', node: 'a' }])
    await expect.poll(() => supervisor.cancel.mock.calls).toEqual([[id]])
    await end({ state: 'cancelled' })
    expect((await jobs.job(id))?.state).toBe('running')
    room = true
    await expect.poll(() => jobs.job(id)).toMatchObject({ state: 'failed', error: { code: 'storage-full' } })
  })

  test('is held by another program goes on, and nothing of it is lost', async () => {
    let refusals = 3
    const made = makeQueue()
    const { jobs } = made
    const held: typeof jobs.record = (...batch) =>
      refusals-- > 0 ? Promise.reject(new Failure('unavailable', 'held')) : jobs.record(...batch)
    const { submit, fill, end, feed, events } = makeQueue({ stores: made.stores, store: { record: held } })
    const id = await submit()
    await fill()
    feed.receive(id, [{ type: 'node-started', node: 'a' }])
    feed.receive(id, [{ type: 'node-finished', node: 'a', ms: 1 }])
    await end()
    await expect.poll(async () => (await jobs.job(id))?.state).toBe('succeeded')
    expect((await events.after(0, 99, [id])).map(({ event }) => event.type).slice(2)).toEqual([
      'node-started',
      'node-finished',
      'job-succeeded',
    ])
  })
})
