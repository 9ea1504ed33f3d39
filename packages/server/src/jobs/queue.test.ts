import { describe, expect, test, vi } from 'vitest'
import type { RunEvent, Workflow } from '@patchbay/engine/workflow'
import { createEventLog } from '../live/event-log.ts'
import { createHub } from '../live/hub.ts'
import { openDatabase } from '../storage/database.ts'
import type { Failure } from '../failure.ts'
import { type JobDraft, createJobStore } from './job-store.ts'
import { createQueue } from './queue.ts'

const document: Workflow = { format: 'patchbay-workflow', version: 1, nodes: {} }
const failureOf = (work: () => unknown): Failure => {
  try {
    work()
  } catch (error) {
    return error as Failure
  }
  throw new Error('it did not fail')
}
const finished = { timeline: [], memoryBytes: 0 } as const

/** A queue over one device that runs what a test tells it to. */
function makeQueue({ capacity = 100, database = openDatabase(':memory:') } = {}) {
  const store = createJobStore(database)
  const log = createEventLog(database)
  const hub = createHub(log)
  const started: string[] = []
  let busy: string | undefined
  const supervisor = {
    idleDevice: () => (busy === undefined ? 'cpu' : undefined),
    run: (_device: string, job: { id: string }) => {
      busy = job.id
      started.push(job.id)
    },
    cancel: vi.fn(() => true),
    devices: () => [{ name: 'cpu', state: 'idle' as const, restarts: 0 }],
  }
  const queue = createQueue({ database, store, log, hub, supervisor, capacity, maxAttempts: 3 })
  const submit = (draft: Partial<JobDraft> = {}, extra: object = {}) => {
    const owner = draft.owner ?? 'ann'
    const { jobs } = queue.submit({ owner, drafts: [{ document, priority: 0, owner, ...draft }], ...extra })
    return jobs[0]!.id
  }
  /** Ends the running job and starts the next. */
  const end = (outcome: Partial<Parameters<typeof queue.ended>[1]> = {}) => {
    const job = busy!
    busy = undefined
    queue.ended(job, { state: 'succeeded', ...finished, ...outcome })
    queue.fill()
  }
  const drain = () => {
    queue.fill()
    while (busy !== undefined) end()
    return started
  }
  const eventsOf = (id: string) => log.after(0, 100, [id]).map(({ event }) => event.type)
  return { database, store, queue, submit, end, drain, started, supervisor, eventsOf, hub }
}

describe('the order of the queue', () => {
  test('is by priority, then first come first served', () => {
    const { submit, drain } = makeQueue()
    const [a, b, urgent] = [submit(), submit(), submit({ priority: 5 })]
    expect(drain()).toEqual([urgent, a, b])
  })

  test('gives each owner a turn, so that one who queues a hundred does not make another wait', () => {
    const { submit, drain, queue, store } = makeQueue()
    const [a1, a2, a3] = [submit(), submit(), submit()]
    const b1 = submit({ owner: 'bea' })
    expect(queue.withPosition(store.summaryOf(b1)!).position).toBe(1)
    expect(drain()).toEqual([a1, b1, a2, a3])
  })

  test('can be changed: to the front, beside another, by priority', () => {
    const { submit, drain, queue } = makeQueue()
    const [a, b, c, d] = [submit(), submit(), submit(), submit()]
    queue.change(d, { move: 'front' })
    queue.change(a, { move: { after: b } })
    queue.change(c, { priority: 1 })
    expect(drain()).toEqual([c, d, b, a])
  })

  test('a batch at the front keeps its own order', () => {
    const { submit, drain, queue } = makeQueue()
    const last = submit()
    const { jobs } = queue.submit({
      owner: 'ann',
      drafts: [1, 2, 3].map(() => ({ document, owner: 'ann', priority: 0, front: true })),
    })
    expect(drain()).toEqual([...jobs.map(({ id }) => id), last])
  })

  test('a job cannot be moved once it runs', () => {
    const { submit, queue } = makeQueue()
    const a = submit()
    queue.fill()
    expect(failureOf(() => queue.change(a, { move: 'front' })).code).toBe('conflict')
  })

  test('stands still while paused, also over a restart', () => {
    const { submit, queue, database, started } = makeQueue()
    queue.pause()
    submit()
    queue.fill()
    expect(started).toEqual([])
    const again = makeQueue({ database })
    again.queue.fill()
    expect(again.started).toEqual([])
    again.queue.resume()
    again.queue.fill()
    expect(again.started).toHaveLength(1)
  })
})

describe('submitting', () => {
  test('the same idempotency key gives the same job, and another body with it is refused', () => {
    const { submit, queue, store } = makeQueue()
    const keyed = (request: string) => ({ idempotency: { key: 'k', request } })
    const first = submit({}, keyed('{"a":1}'))
    expect(submit({}, keyed('{"a":1}'))).toBe(first)
    expect(store.counts().queued).toBe(1)
    expect(failureOf(() => submit({}, keyed('{"a":2}'))).code).toBe('key-reused')
    expect(submit({ owner: 'bea' }, keyed('{"a":2}'))).not.toBe(first)
    expect(queue.status().queued).toBe(2)
  })

  test('past the cap is refused with a time to come back, and leaves nothing behind', () => {
    const { submit, store } = makeQueue({ capacity: 2 })
    submit()
    submit()
    const failure = failureOf(() => submit())
    expect(failure).toMatchObject({ code: 'queue-full', status: 429 })
    expect(failure.retryAfter).toBeGreaterThan(0)
    expect(store.counts().queued).toBe(2)
  })

  test('is committed before it is announced', () => {
    const { submit, hub, store } = makeQueue()
    const states: unknown[] = []
    hub.listen(({ job }) => states.push(store.summaryOf(job)?.state))
    submit()
    expect(states).toEqual(['queued'])
  })
})

describe('the life of a job', () => {
  test('is told in events, with what it did on the way', () => {
    const { submit, queue, end, eventsOf, store } = makeQueue()
    const id = submit()
    queue.fill()
    const run: RunEvent[] = [
      { type: 'run-started', nodes: 2 },
      { type: 'node-started', node: 'a' },
      { type: 'node-progress', node: 'a', step: 1, steps: 4 },
      { type: 'node-finished', node: 'a', ms: 1 },
    ]
    queue.receive(id, run)
    expect(store.summaryOf(id)).toMatchObject({ state: 'running', nodes: { total: 2, finished: 1 }, attempts: 1 })
    end()
    expect(eventsOf(id)).toEqual([
      'job-queued',
      'job-started',
      'run-started',
      'node-started',
      'node-finished',
      'job-succeeded',
    ])
  })

  test('ends once: what a runner says after the end changes nothing', () => {
    const { submit, queue, end, store, eventsOf } = makeQueue()
    const id = submit()
    queue.fill()
    end({ state: 'failed', error: { code: 'x', message: 'broken' } })
    queue.ended(id, { state: 'succeeded', ...finished })
    expect(store.summaryOf(id)).toMatchObject({ state: 'failed', error: { message: 'broken' } })
    expect(eventsOf(id).filter((type) => type.startsWith('job-'))).toEqual(['job-queued', 'job-started', 'job-failed'])
  })

  test('a queued job that is cancelled never runs; a running one is told to stop', () => {
    const { submit, queue, drain, supervisor } = makeQueue()
    const [a, b] = [submit(), submit()]
    queue.fill()
    expect(queue.cancel(b).state).toBe('cancelled')
    queue.cancel(a)
    expect(supervisor.cancel).toHaveBeenCalledWith(a)
    expect(drain()).toEqual([a])
  })

  test('a job that ended can be run again, and one that waits cannot be deleted', () => {
    const { submit, queue, end, started } = makeQueue()
    const id = submit()
    expect(failureOf(() => queue.remove(id)).code).toBe('conflict')
    queue.fill()
    end({ state: 'failed' })
    queue.retry(id)
    queue.fill()
    end()
    expect(started).toEqual([id, id])
    queue.remove(id)
    expect(failureOf(() => queue.cancel(id)).code).toBe('not-found')
  })
})

describe('after a crash', () => {
  test('of the server, running jobs are queued again in their old place, or failed where they ask for it', () => {
    const { submit, database } = makeQueue()
    const [a, b, c] = [submit(), submit({ onCrash: 'fail' }), submit()]
    const store = createJobStore(database)
    store.start(a, 'cpu')
    store.start(b, 'cpu')
    const next = makeQueue({ database })
    next.queue.recover()
    expect(next.store.summaryOf(b)).toMatchObject({ state: 'failed', error: { code: 'server-stopped' } })
    expect(next.eventsOf(a)).toContain('job-requeued')
    expect(next.drain()).toEqual([a, c])
    expect(next.store.summaryOf(a)?.attempts).toBe(2)
  })

  test('of its runner, a job fails with the reason, or is tried again up to three times where it asks for it', () => {
    const { submit, queue, end, store, started } = makeQueue()
    const error = { code: 'runner-crashed', message: 'SIGSEGV' }
    const once = submit()
    queue.fill()
    end({ state: 'failed', crashed: true, error })
    expect(store.summaryOf(once)?.error).toEqual(error)
    const stubborn = submit({ onCrash: 'requeue' })
    queue.fill()
    for (let attempt = 0; attempt < 3; attempt++) end({ state: 'failed', crashed: true, error })
    expect(started.filter((id) => id === stubborn)).toHaveLength(3)
    expect(store.summaryOf(stubborn)?.state).toBe('failed')
  })
})
