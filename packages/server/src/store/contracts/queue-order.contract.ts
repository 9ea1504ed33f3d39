import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type BeginJobs, document } from './job-scene.contract.ts'

/** The order of a queue. */
export function describeQueueOrder(begin: BeginJobs): void {
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
}
