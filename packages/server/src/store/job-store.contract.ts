import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { ArtifactRef, Workflow } from '@patchbay/engine/workflow'
import type { JobMessage } from '../api/api-types.ts'
import type { Submission } from './job-store.ts'
import type { Claim, JobDraft } from './stored-job.ts'
import type { StoreOptions, Stores } from './stores.ts'

/** Opens empty stores. */
export type OpenStores = (options: StoreOptions) => Promise<Stores>

const document: Workflow = { format: 'patchbay-workflow', version: 1, nodes: {} }
const picture = (digit: string, name: string): ArtifactRef => ({
  hash: `sha256:${digit.repeat(64)}`,
  name,
  mime: 'image/png',
  bytes: 10,
  kind: 'image',
})

/** What every job store does, with the event log that it appends to. */
export function describeJobStore(open: OpenStores): void {
  let stores: Stores
  let time = 1_000
  afterEach(() => stores.close())

  async function begin() {
    time = 1_000
    stores = await open({ now: () => time })
    const { jobs, events } = stores
    const submit = async (draft: Partial<JobDraft> = {}, more: Partial<Submission> = {}): Promise<string> => {
      const whole = { id: randomUUID(), document, priority: 0, owner: 'ann', ...draft }
      const submitted = await jobs.submit({ owner: whole.owner, drafts: [whole], capacity: 100, ...more })
      if (!('jobs' in submitted)) throw new Error(submitted.result)
      return submitted.jobs[0]?.id ?? ''
    }
    const claim = async (): Promise<Claim> => {
      const claimed = await jobs.claim('cpu')
      if (!claimed) throw new Error('nothing to claim')
      return claimed
    }
    /** Claims and ends all that waits, in order. */
    const drain = async (): Promise<string[]> => {
      const order: string[] = []
      for (let next = await jobs.claim('cpu'); next; next = await jobs.claim('cpu')) {
        order.push(next.job.id)
        await jobs.finish(next.fence, { state: 'succeeded' })
      }
      return order
    }
    const typesOf = async (id: string) => (await events.after(0, 100, [id])).map(({ event }) => event.type)
    return { jobs, events, submit, claim, drain, typesOf }
  }

  describe('the order of a queue', () => {
    test('is by priority, then first come first served', async () => {
      const { submit, drain } = await begin()
      const [a, b, urgent] = [await submit(), await submit(), await submit({ priority: 5 })]
      expect(await drain()).toEqual([urgent, a, b])
    })

    test('gives each owner a turn, so that one who queues a hundred does not make another wait', async () => {
      const { submit, drain, jobs } = await begin()
      const [a1, a2, a3] = [await submit(), await submit(), await submit()]
      const b1 = await submit({ owner: 'bea' })
      expect(await jobs.waitingBefore([a1, a2, a3, b1])).toEqual([0, 2, 3, 0])
      expect(await drain()).toEqual([a1, b1, a2, a3])
    })

    test('remembers whose turn it was when a queue has been empty', async () => {
      const { submit, drain } = await begin()
      await submit()
      await drain()
      const [a, b] = [await submit(), await submit({ owner: 'bea' })]
      expect(await drain()).toEqual([b, a])
    })

    test('can be changed: to the front, beside another, by priority', async () => {
      const { submit, drain, jobs } = await begin()
      const [a, b, c, d] = [await submit(), await submit(), await submit(), await submit()]
      await jobs.change(d, { move: 'front' })
      await jobs.change(a, { move: { after: b } })
      expect(await jobs.change(c, { priority: 1 })).toMatchObject({ priority: 1 })
      expect(await drain()).toEqual([c, d, b, a])
    })

    test('holds when jobs are put at the same place two hundred times', async () => {
      const { submit, drain, jobs } = await begin()
      const [first, last] = [await submit(), await submit()]
      const between: string[] = []
      for (let index = 0; index < 200; index++) {
        const id = await submit({}, { capacity: 1_000 })
        await jobs.change(id, { move: { after: first } })
        between.unshift(id)
      }
      expect(await drain()).toEqual([first, ...between, last])
    })

    test('one that was put behind the last stays before what is submitted later', async () => {
      const { jobs, submit, drain } = await begin()
      const [first, second] = [await submit(), await submit()]
      await jobs.change(first, { move: { after: second } })
      const third = await submit()
      await jobs.change(third, { move: { before: second } })
      const fourth = await submit({ front: true })
      expect(await drain()).toEqual([fourth, third, second, first])
    })

    test('is told for each place, from either end, however long the queue is', async () => {
      const { submit, jobs } = await begin()
      const mine: string[] = []
      for (let index = 0; index < 1_100; index++) mine.push(await submit({}, { capacity: 5_000 }))
      const others = [
        await submit({ owner: 'bea' }, { capacity: 5_000 }),
        await submit({ owner: 'bea' }, { capacity: 5_000 }),
      ]
      await submit({ owner: 'bea', priority: 3 }, { capacity: 5_000 })
      const asked = [mine[0], mine[1], mine[550], mine[1_099], ...others].map((id) => id ?? '')
      expect(await jobs.waitingBefore(asked)).toEqual([1, 3, 553, 1_102, 1, 3])
      await jobs.cancel(mine[0] ?? '')
      await jobs.change(mine[1] ?? '', { priority: 3 })
      expect(await jobs.waitingBefore([mine[1] ?? '', mine[1_099] ?? ''])).toEqual([0, 1_101])
    })

    test('a batch at the front keeps its own order', async () => {
      const { submit, drain, jobs } = await begin()
      const last = await submit()
      const drafts = [1, 2, 3].map(() => ({ id: randomUUID(), document, owner: 'ann', priority: 0, front: true }))
      await jobs.submit({ owner: 'ann', drafts, capacity: 10 })
      expect(await drain()).toEqual([...drafts.map(({ id }) => id), last])
    })

    test('stands still while paused', async () => {
      const { submit, claim, jobs } = await begin()
      const id = await submit()
      await jobs.setPaused(true)
      expect(await jobs.claim('cpu')).toBeUndefined()
      expect(await jobs.counts()).toEqual({ queued: 1, running: 0, paused: true })
      await jobs.setPaused(false)
      expect((await claim()).job.id).toBe(id)
    })
  })

  describe('submitting', () => {
    test('the same key gives the same job for a day, and another request with it is told', async () => {
      const { submit, jobs } = await begin()
      const keyed = (request: string) => ({ idempotency: { key: 'k', request } })
      const first = await submit({}, keyed('a'))
      expect(await submit({}, keyed('a'))).toBe(first)
      await expect(submit({}, keyed('b'))).rejects.toThrow('key-reused')
      expect(await submit({ owner: 'bea' }, keyed('b'))).not.toBe(first)
      expect((await jobs.counts()).queued).toBe(2)
      time += 25 * 3_600_000
      expect(await submit({}, keyed('a'))).not.toBe(first)
    })

    test('a key whose job was forgotten queues a job again', async () => {
      const { submit, drain, jobs } = await begin()
      const keyed = { idempotency: { key: 'k', request: 'a' } }
      const first = await submit({}, keyed)
      await drain()
      await jobs.remove([first])
      const second = await submit({}, keyed)
      expect([second === first, (await jobs.job(second))?.state]).toEqual([false, 'queued'])
    })

    test('past the capacity, or with the id of another job, leaves nothing behind', async () => {
      const { submit, jobs } = await begin()
      const id = await submit({}, { capacity: 1 })
      await expect(submit({}, { capacity: 1 })).rejects.toThrow('queue-full')
      await expect(submit({ id })).rejects.toThrow('id-taken')
      expect(await jobs.list({ limit: 10 })).toMatchObject({ total: 1, jobs: [{ id }] })
    })

    test('many at once are each whole: none is lost, and the capacity holds', async () => {
      const { submit, jobs } = await begin()
      const asked = await Promise.allSettled(Array.from({ length: 30 }, () => submit({}, { capacity: 20 })))
      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(20)
      expect(await jobs.counts()).toMatchObject({ queued: 20 })
      expect((await jobs.list({ limit: 100 })).jobs).toHaveLength(20)
    })
  })

  describe('a run', () => {
    test('is told in events, with what it did on the way', async () => {
      const { submit, claim, jobs, typesOf } = await begin()
      const id = await submit()
      const { fence, job } = await claim()
      expect(job).toMatchObject({ id, state: 'running', attempts: 1, document })
      await jobs.record(fence, [
        { type: 'run-started', nodes: 2 },
        { type: 'node-started', node: 'a' },
        { type: 'node-progress', node: 'a', step: 1, steps: 4 },
        { type: 'node-finished', node: 'a', ms: 1 },
      ])
      expect(await jobs.job(id)).toMatchObject({ nodes: { total: 2, finished: 1 } })
      const timeline = [{ node: 'a', start: 0, end: 1, outcome: 'finished' as const }]
      expect(await jobs.finish(fence, { state: 'succeeded', timeline })).toMatchObject({ state: 'succeeded' })
      expect((await jobs.stored(id))?.timeline).toEqual(timeline)
      const run = ['run-started', 'node-started', 'node-finished']
      expect(await typesOf(id)).toEqual(['job-queued', 'job-started', ...run, 'job-succeeded'])
    })

    test('ends once, and what it says after its end changes nothing', async () => {
      const { submit, claim, jobs, typesOf } = await begin()
      const id = await submit()
      const { fence } = await claim()
      const error = { code: 'x', message: 'broken' }
      await jobs.finish(fence, { state: 'failed', error })
      expect(await jobs.finish(fence, { state: 'succeeded' })).toBe('fenced')
      expect(await jobs.record(fence, [{ type: 'node-started', node: 'a' }])).toBe('fenced')
      expect(await jobs.giveBack(fence, 'no', true)).toBe('fenced')
      expect(await jobs.job(id)).toMatchObject({ state: 'failed', error })
      expect(await typesOf(id)).toEqual(['job-queued', 'job-started', 'job-failed'])
    })

    test('of an earlier claim is fenced, and its pictures give way to those of the next', async () => {
      const { submit, claim, jobs } = await begin()
      const id = await submit()
      const first = await claim()
      const kept = { type: 'node-artifact' as const, node: 'a', artifact: picture('1', 'p_00001_.png') }
      await jobs.record(first.fence, [kept])
      await jobs.giveBack(first.fence, 'Its host died.', true)
      const second = await claim()
      expect(second.earlier).toEqual([{ hash: kept.artifact.hash, name: 'p_00001_.png' }])
      expect(await jobs.record(first.fence, [kept])).toBe('fenced')
      await jobs.record(second.fence, [kept])
      await jobs.finish(second.fence, { state: 'succeeded' })
      expect(await jobs.job(id)).toMatchObject({ attempts: 2, artifacts: 1 })
      expect(await jobs.artifactsOf(id)).toHaveLength(1)
    })

    test('keeps what its nodes warned of, each once, however often it ran', async () => {
      const { jobs, submit, claim } = await begin()
      const id = await submit()
      const warned = {
        type: 'node-warned' as const,
        node: 'a',
        message: 'x.safetensors: 2 of its weights are not read.',
      }
      const first = await claim()
      await jobs.record(first.fence, [{ type: 'node-started', node: 'a' }, warned])
      await jobs.giveBack(first.fence, 'Its host died.', true)
      await jobs.record((await claim()).fence, [warned])
      expect(await jobs.warningsOf(id)).toEqual([{ node: 'a', message: warned.message }])
    })

    test('that is given back waits in its place, and uses up an attempt or does not', async () => {
      const { submit, claim, drain, jobs } = await begin()
      const [a, b] = [await submit(), await submit()]
      await jobs.giveBack((await claim()).fence, 'The server was stopped.', false)
      expect(await jobs.job(a)).toMatchObject({ state: 'queued', attempts: 0 })
      await jobs.giveBack((await claim()).fence, 'The server crashed.', true)
      expect(await jobs.job(a)).toMatchObject({ state: 'queued', attempts: 1 })
      expect(await drain()).toEqual([a, b])
    })

    test('that is cancelled ends at once, and only its timeline is still taken', async () => {
      const { submit, claim, jobs, typesOf } = await begin()
      const [running, waiting] = [await submit(), await submit()]
      const { fence } = await claim()
      expect(await jobs.cancel(waiting)).toMatchObject({ was: 'queued', job: { state: 'cancelled' } })
      expect(await jobs.cancel(running)).toMatchObject({ was: 'running', job: { state: 'cancelled' } })
      expect(await jobs.cancel(running)).toMatchObject({ was: 'cancelled' })
      expect(await jobs.record(fence, [{ type: 'node-started', node: 'a' }])).toBe('fenced')
      const timeline = [{ node: 'a', start: 0, end: 1, outcome: 'finished' as const }]
      expect(await jobs.finish(fence, { state: 'cancelled', timeline })).toBe('fenced')
      expect((await jobs.stored(running))?.timeline).toEqual(timeline)
      expect(await typesOf(running)).toEqual(['job-queued', 'job-started', 'job-cancelled'])
      expect([await jobs.claim('cpu'), await jobs.cancel('x')]).toEqual([undefined, 'absent'])
    })

    test('that a stopped server left is queued again, or failed where it asks for it or was tried too often', async () => {
      const { submit, claim, jobs } = await begin()
      const [again, fails] = [await submit(), await submit({ onCrash: 'fail' })]
      await claim()
      await claim()
      expect((await jobs.recover(2)).map(({ id }) => id)).toEqual([fails])
      expect(await jobs.job(fails)).toMatchObject({ state: 'failed', error: { code: 'server-stopped' } })
      expect((await claim()).job.id).toBe(again)
      expect(await jobs.recover(2)).toMatchObject([{ id: again, state: 'failed', attempts: 2 }])
    })
  })

  describe('a job that has ended', () => {
    test('can be queued again, and forgotten with all that was kept of it', async () => {
      const { submit, claim, drain, jobs, typesOf } = await begin()
      const id = await submit()
      expect([await jobs.retry(id), await jobs.remove([id])]).toEqual(['conflict', []])
      await drain()
      expect(await jobs.retry(id)).toMatchObject({ state: 'queued' })
      const { fence } = await claim()
      expect(await jobs.change(id, { move: 'front' })).toBe('conflict')
      await jobs.record(fence, [{ type: 'node-artifact', node: 'a', artifact: picture('1', 'p.png') }])
      await jobs.finish(fence, { state: 'succeeded' })
      expect(await jobs.remove([id, 'x'])).toEqual([id])
      expect([await jobs.job(id), await jobs.artifactsOf(id), await typesOf(id)]).toEqual([
        undefined,
        [],
        ['job-deleted'],
      ])
    })

    test('is found by what it belongs to, and counted', async () => {
      const { submit, drain, jobs } = await begin()
      const inBatch = await submit({ batch: { id: 'b', index: 0, count: 1 }, origin: { surface: 'comfy' } })
      const other = await submit({ owner: 'bea' })
      await drain()
      const waiting = await submit()
      const idsOf = async (filter: Parameters<typeof jobs.list>[0]) => {
        const { jobs: found, total } = await jobs.list(filter)
        return [found.map(({ id }) => id), total]
      }
      expect(await idsOf({ limit: 2 })).toEqual([[waiting, other], 3])
      expect(await idsOf({ limit: 2, offset: 2 })).toEqual([[inBatch], 3])
      expect(await idsOf({ state: ['queued'], limit: 9 })).toEqual([[waiting], 1])
      expect(await idsOf({ batch: 'b', limit: 9 })).toEqual([[inBatch], 1])
      expect(await idsOf({ owner: 'bea', state: ['succeeded'], limit: 9 })).toEqual([[other], 1])
      expect((await jobs.listStored({ surface: 'comfy', limit: 9 })).jobs).toMatchObject([{ id: inBatch, document }])
      expect(await jobs.newestNumber()).toBe((await jobs.job(waiting))?.number)
    })

    test('is surplus by count, by time and by the bytes of its files, but never while a webhook is owed', async () => {
      const { submit, claim, jobs } = await begin()
      const ended = async (digit: string, draft: Partial<JobDraft> = {}) => {
        const id = await submit(draft)
        const { fence } = await claim()
        await jobs.record(fence, [{ type: 'node-artifact', node: 'a', artifact: picture(digit, 'p.png') }])
        time += 1_000
        await jobs.finish(fence, { state: 'succeeded' })
        return id
      }
      const [first, second, same] = [await ended('1'), await ended('2'), await ended('2')]
      const owing = await ended('3', { webhook: { url: 'http://x.test' } })
      expect(await jobs.surplus({ keepJobs: 1 })).toEqual([first, second])
      expect(await jobs.surplus({ keepBytes: 10 })).toEqual([first])
      expect(await jobs.surplus({ endedAfter: time - 2_000 })).toEqual([first])
      expect(await jobs.foreseen([first, second])).toEqual({ files: 1, bytes: 10 })
      const [owed] = await jobs.owed(10)
      expect(owed).toMatchObject({ job: owing, attempt: 0, dueAt: time })
      if (owed) await jobs.settle(owed)
      expect(await jobs.surplus({ keepJobs: 0 })).toEqual([first, second, same, owing])
      expect(await jobs.recorded([picture('1', '').hash, picture('9', '').hash])).toEqual(
        new Set([picture('1', '').hash]),
      )
    })

    test('owes its webhook until it is settled, one that is postponed once more', async () => {
      const { submit, drain, jobs } = await begin()
      const job = await submit({ webhook: { url: 'http://x.test' } })
      await drain()
      const [owed] = await jobs.owed(10)
      if (!owed) throw new Error('nothing is owed')
      await jobs.postpone(owed, 5_000)
      // What an earlier try still says of it is of no use.
      await jobs.settle(owed)
      expect(await jobs.owed(10)).toEqual([{ job, attempt: 1, dueAt: 5_000 }])
    })
  })

  describe('the event log', () => {
    test('numbers events in the order of commits, and replays from any of them', async () => {
      const { submit, claim, jobs, events } = await begin()
      const heard: JobMessage[] = []
      const stop = events.follow((messages) => heard.push(...messages))
      await submit()
      await submit()
      const { fence } = await claim()
      await jobs.record(
        fence,
        Array.from({ length: 70 }, (_, index) => ({ type: 'node-started' as const, node: String(index) })),
      )
      stop()
      await jobs.cancel(fence.job)
      const all = await events.after(0, 1_000)
      expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 74 }, (_, index) => index + 1))
      expect(all.slice(0, -1)).toEqual(heard)
      for (const from of [0, 3, 40, 73]) expect(await events.after(from, 5)).toEqual(all.slice(from, from + 5))
      expect(await events.after(0, 1_000, [fence.job])).toEqual(all.filter(({ job }) => job === fence.job))
      expect(await events.newest()).toBe(74)
    })

    test('gives no number twice, though the newest events were forgotten', async () => {
      const { submit, drain, jobs, events } = await begin()
      const id = await submit()
      await drain()
      const newest = await events.newest()
      await jobs.remove([id])
      await jobs.tidy(Number.MAX_SAFE_INTEGER)
      await submit()
      expect((await events.after(0, 10)).map(({ seq }) => seq)).toEqual([newest + 2])
    })

    test('tells of an event only when what it says is true', async () => {
      const { submit, claim, jobs, events } = await begin()
      const states: Promise<unknown>[] = []
      events.follow((messages) => {
        for (const { job } of messages) states.push(jobs.job(job).then((found) => found?.state))
      })
      await submit()
      const { fence } = await claim()
      await jobs.finish(fence, { state: 'failed' })
      expect(await Promise.all(states)).toEqual(['queued', 'running', 'failed'])
    })

    test('tells passing events in their place among the kept ones', async () => {
      const { submit, claim, jobs, events } = await begin()
      await submit()
      const { fence } = await claim()
      const heard: string[] = []
      events.follow((messages) => heard.push(...messages.map(({ seq, event }) => `${event.type} ${String(seq)}`)))
      await jobs.record(fence, [
        { type: 'node-started', node: 'a' },
        { type: 'node-progress', node: 'a', step: 1, steps: 1 },
        { type: 'node-finished', node: 'a', ms: 1 },
      ])
      expect(heard).toEqual(['node-started 3', 'node-progress undefined', 'node-finished 4'])
    })
  })
}
