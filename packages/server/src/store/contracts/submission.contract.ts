import { expect, test } from 'vitest'
import type { BeginJobs } from './job-scene.contract.ts'

/** What is submitted. */
export function describeSubmission(begin: BeginJobs): void {
  test('the same key gives the same job for a day, and another request with it is told', async () => {
    const { submit, jobs, clock } = await begin()
    const keyed = (request: string) => ({ idempotency: { key: 'k', request } })
    const first = await submit({}, keyed('a'))
    expect(await submit({}, keyed('a'))).toBe(first)
    await expect(submit({}, keyed('b'))).rejects.toThrow('key-reused')
    expect(await submit({ owner: 'bea' }, keyed('b'))).not.toBe(first)
    expect((await jobs.counts()).queued).toBe(2)
    clock.now += 25 * 3_600_000
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
}
