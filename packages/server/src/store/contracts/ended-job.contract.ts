import { expect, test } from 'vitest'
import { type BeginJobs, document, picture } from './job-scene.contract.ts'
import type { JobDraft } from '../stored-job.ts'

/** A job that has ended, and what is owed for it. */
export function describeEndedJob(begin: BeginJobs): void {
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
    const { submit, claim, jobs, clock } = await begin()
    const ended = async (digit: string, draft: Partial<JobDraft> = {}) => {
      const id = await submit(draft)
      const { fence } = await claim()
      await jobs.record(fence, [{ type: 'node-artifact', node: 'a', artifact: picture(digit, 'p.png') }])
      clock.now += 1_000
      await jobs.finish(fence, { state: 'succeeded' })
      return id
    }
    const [first, second, same] = [await ended('1'), await ended('2'), await ended('2')]
    const owing = await ended('3', { webhook: { url: 'http://x.test' } })
    expect(await jobs.surplus({ keepJobs: 1 })).toEqual([first, second])
    expect(await jobs.surplus({ keepBytes: 10 })).toEqual([first])
    expect(await jobs.surplus({ endedAfter: clock.now - 2_000 })).toEqual([first])
    expect(await jobs.foreseen([first, second])).toEqual({ files: 1, bytes: 10 })
    const [owed] = await jobs.owed(10)
    expect(owed).toMatchObject({ job: owing, attempt: 0, dueAt: clock.now })
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
}
