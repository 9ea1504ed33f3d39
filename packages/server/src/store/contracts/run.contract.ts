import { expect, test } from 'vitest'
import { type BeginJobs, document, picture } from './job-scene.contract.ts'

/** A run, from its claim to its end. */
export function describeRun(begin: BeginJobs): void {
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
}
