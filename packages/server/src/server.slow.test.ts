import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobMessage } from './api/api-types.ts'
import { type TestServer, crashing, drawing, startTestServer, waiting } from './testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

describe('a job', () => {
  test('runs from submission to picture, and its files are served by content hash', async () => {
    const { client } = server
    const { jobs } = await client.jobs.submit({ document: drawing({ width: 16 }) }, { waitMs: 20_000 })
    const job = await client.jobs.get(jobs[0]!.id)
    expect(job).toMatchObject({ state: 'succeeded', attempts: 1, nodes: { total: 2, finished: 2 } })
    const [file] = job.files
    expect(file).toMatchObject({ mime: 'image/png', width: 16, kind: 'image', name: 'picture_00001_.png' })
    const bytes = await client.artifacts.bytes(file!.hash)
    expect(bytes.length).toBe(file!.bytes)
    const part = await fetch(client.artifacts.url(file!.hash), { headers: { range: 'bytes=1-3' } })
    expect([part.status, await part.text()]).toEqual([206, 'PNG'])
    const small = await fetch(client.artifacts.thumbnailUrl(file!.hash))
    expect(small.headers.get('content-type')).toBe('image/webp')
  })

  test('tells every step over the socket, previews as frames, and can be replayed', async () => {
    const { client } = server
    const seen: JobMessage[] = []
    const previews: number[] = []
    const live = client.follow({
      previews: true,
      onEvent: (message) => seen.push(message),
      onPreview: (header, picture) => previews.push(header.width, picture[1] ?? 0),
    })
    while (live.state !== 'open') await new Promise((resolve) => setTimeout(resolve, 5))
    const { jobs } = await client.jobs.submit({ document: drawing({ height: 9 }) }, { waitMs: 20_000 })
    const { events } = await client.jobs.events(jobs[0]!.id)
    while (!seen.some(({ event }) => event.type === 'job-succeeded'))
      await new Promise((resolve) => setTimeout(resolve, 5))
    live.close()
    expect(events.map(({ event }) => event.type)).toEqual([
      'job-queued',
      'job-started',
      'run-started',
      'node-reused',
      'node-started',
      'node-artifact',
      'node-finished',
      'run-succeeded',
      'job-succeeded',
    ])
    expect(seen.filter(({ seq }) => seq !== undefined)).toEqual(events)
    expect(previews).toEqual([8, 'P'.charCodeAt(0)])
  })

  test('that cannot run is refused with every issue, and nothing is queued', async () => {
    const { client } = server
    const document = { ...waiting(1), nodes: { keep: waiting(1).nodes['keep']! } }
    await expect(client.jobs.submit({ document })).rejects.toMatchObject({
      status: 400,
      code: 'invalid-workflow',
      issues: [{ node: 'keep', input: 'value' }],
    })
    expect((await client.jobs.list({ state: ['queued', 'running'] })).total).toBe(0)
  })

  test('fails with its node and reason when the node throws', async () => {
    const { client } = server
    const { jobs } = await client.jobs.submit({ document: crashing('throw') })
    expect(await client.jobs.wait(jobs[0]!.id)).toMatchObject({
      state: 'failed',
      error: { node: 'crash', nodeType: 'TestCrash', causes: ['This node always fails.'] },
    })
  })

  test.each(['exit', 'abort', 'kill'])('whose runner dies by %s fails alone: the next one runs', async (how) => {
    const { client } = server
    const [doomed, next] = await Promise.all([
      client.jobs.submit({ document: crashing(how) }),
      client.jobs.submit({ document: waiting(1, { salt: 7 }) }),
    ])
    const ended = await client.jobs.wait(doomed.jobs[0]!.id)
    expect(ended.state).toBe('failed')
    expect(ended.error?.code).toMatch(/^runner-/)
    expect(ended.error?.node).toBe('crash')
    expect((await client.jobs.wait(next.jobs[0]!.id)).state).toBe('succeeded')
  })

  test.each([
    ['politely', { stubborn: false }],
    ['in a call that hears nothing', { stubborn: true }],
  ])('that works %s is cancelled, and says so', async (_, values) => {
    const { client } = server
    const { jobs } = await client.jobs.submit({ document: waiting(60_000, values) })
    const id = jobs[0]!.id
    while (!(await client.jobs.events(id)).events.some(({ event }) => event.type === 'node-started')) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const job = await client.jobs.cancel(id)
    expect(job.state).toBe('cancelled')
  })
})

test('a server that stops leaves its queue to the next one', { timeout: 120_000 }, async () => {
  const first = await startTestServer()
  await first.client.queue.pause()
  const { jobs } = await first.client.jobs.submit({ document: waiting(1), batch: { count: 3 } })
  const second = await first.restart()
  await second.client.queue.resume()
  const ended = await Promise.all(jobs.map(({ id }) => second.client.jobs.wait(id)))
  expect(ended.map(({ state, attempts }) => [state, attempts])).toEqual([1, 2, 3].map(() => ['succeeded', 1]))
  await second.close()
})
