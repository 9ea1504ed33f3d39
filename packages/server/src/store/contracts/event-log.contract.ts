import { expect, test } from 'vitest'
import type { JobMessage } from '../../api/api-types.ts'
import type { BeginJobs } from './job-scene.contract.ts'

/** The event log that a store of jobs appends to. */
export function describeEventLog(begin: BeginJobs): void {
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
}
