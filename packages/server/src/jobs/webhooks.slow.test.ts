import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { openStores } from '../store/sqlite/open-stores.ts'
import { type TestServer, startTestServer, waiting } from '../testing/test-server.ts'
import { createWebhooks } from './webhooks.ts'

/** Somebody's server that answers with these statuses, then 200. */
async function listener(...statuses: number[]) {
  const heard: { headers: IncomingHttpHeaders; body: string; at: number }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      heard.push({ headers: request.headers, body, at: Date.now() })
      response.statusCode = statuses[heard.length - 1] ?? 200
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/told` }
}
async function addressOf(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A store with one job that has ended and has a webhook, and nothing that runs. */
async function endedJob(url: string, secret?: string, now: () => number = Date.now) {
  const { jobs, close } = openStores(':memory:', { now })
  const webhook = { url, ...(secret === undefined ? {} : { secret }) }
  const draft = { id: 'ended', document: waiting(0), owner: 'local', priority: 0, webhook }
  await jobs.submit({ owner: 'local', drafts: [draft], capacity: 1 })
  const claim = await jobs.claim('cpu')
  if (!claim) throw new Error('no job')
  await jobs.finish(claim.fence, { state: 'succeeded' })
  closing.push(() => void close())
  return { jobs, id: claim.job.id, log: pino({ level: 'silent' }) }
}
const waits = ({ jobs }: Awaited<ReturnType<typeof endedJob>>) => jobs.owed(10)

describe('a webhook', () => {
  test('is told of the end with a signature over time and body, and never of its own secret', async () => {
    const { heard, url } = await listener()
    const ended = await endedJob(url, 'sesame')
    const webhooks = createWebhooks(ended, { allowPrivate: true })
    webhooks.wake()
    await expect.poll(() => waits(ended)).toEqual([])
    webhooks.close()
    const [call] = heard
    const [, seconds = '', digest] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(call?.headers['patchbay-signature'])) ?? []
    expect(digest).toBe(
      createHmac('sha256', 'sesame')
        .update(`${seconds}.${call?.body ?? ''}`)
        .digest('hex'),
    )
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60)
    expect(JSON.parse(call?.body ?? '')).toMatchObject({ type: 'job-succeeded', job: { id: ended.id } })
    expect(call?.body).not.toContain('sesame')
  })

  test('that refuses is called again, after longer and longer, with the same idempotency key', async () => {
    const { heard, url } = await listener(500, 302)
    const ended = await endedJob(url)
    const webhooks = createWebhooks(ended, { allowPrivate: true, delays: [20, 80, 1000] })
    webhooks.wake()
    await expect.poll(() => waits(ended)).toEqual([])
    webhooks.close()
    expect(heard).toHaveLength(3)
    expect(new Set(heard.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    const [first = 0, second = 0, third = 0] = heard.map(({ at }) => at)
    expect(second - first).toBeGreaterThanOrEqual(15)
    expect(third - second).toBeGreaterThanOrEqual(75)
  })

  test('that never answers well is given up after the last attempt', async () => {
    const { heard, url } = await listener(500, 500, 500, 500)
    const ended = await endedJob(url)
    const webhooks = createWebhooks(ended, { allowPrivate: true, delays: [1, 1] })
    webhooks.wake()
    await expect.poll(() => waits(ended)).toEqual([])
    webhooks.close()
    expect(heard).toHaveLength(3)
  })

  test('that answers without end, a line now and then, keeps no other from being called', async () => {
    const dripping = createServer((_request, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('more\n'), 20)
      response.on('close', () => clearInterval(timer))
    })
    const silent = createServer((request) => {
      const timer = setInterval(() => request.socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 50)
      request.socket.on('close', () => clearInterval(timer))
    })
    const urls = await Promise.all([dripping, silent].map(addressOf))
    for (const [index, expected] of [0, 1].entries()) {
      const ended = await endedJob(urls[index] ?? '')
      const webhooks = createWebhooks(ended, { allowPrivate: true, delays: [60_000], maxAtOnce: 1, timeoutMs: 300 })
      webhooks.wake()
      // One has answered well; the other has not answered in time, and waits for its next call.
      await expect.poll(async () => (await waits(ended)).map(({ attempt }) => attempt)).toEqual(expected ? [1] : [])
      webhooks.close()
    }
  })

  test('is called at its time though the clock was put back an hour', async () => {
    const { heard, url } = await listener(500)
    let back = 0
    const now = () => Date.now() - back
    const ended = await endedJob(url, undefined, now)
    const webhooks = createWebhooks(ended, { allowPrivate: true, delays: [200], now })
    webhooks.wake()
    await expect.poll(() => heard.length).toBe(1)
    back = 3_600_000
    webhooks.wake()
    await expect.poll(() => waits(ended)).toEqual([])
    webhooks.close()
    expect(heard).toHaveLength(2)
  })

  test('at a private address is not called, redirects included', async () => {
    const { heard, url } = await listener()
    const ended = await endedJob(url)
    const webhooks = createWebhooks(ended, { allowPrivate: false, delays: [] })
    webhooks.wake()
    await expect.poll(() => waits(ended)).toEqual([])
    webhooks.close()
    expect(heard).toEqual([])
  })

  test('that was not told when the server stopped is told by the next one', { timeout: 120_000 }, async () => {
    const { heard, url } = await listener(503)
    const first: TestServer = await startTestServer({ allowPrivateDownloads: true })
    const webhook = { url, secret: 'sesame' }
    const { jobs } = await first.client.jobs.submit({ document: waiting(0), webhook }, { waitMs: 20_000 })
    await expect.poll(() => heard.length).toBe(1)
    const second = await first.restart()
    await expect.poll(() => heard.length, { timeout: 60_000 }).toBe(2)
    const told = JSON.stringify([
      await second.client.jobs.get(jobs[0]!.id),
      await second.client.jobs.events(jobs[0]!.id),
    ])
    expect(told).not.toContain('sesame')
    await second.close()
  })

  test('is called within the trace of whoever submitted the job, which no answer tells', async () => {
    const { heard, url } = await listener()
    const server = await startTestServer({ allowPrivateDownloads: true })
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const answer = await fetch(`${server.url}/api/v1/jobs?wait=20000`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent, tracestate: 'vendor=1' },
      body: JSON.stringify({ document: waiting(0), webhook: { url } }),
    })
    expect(answer.status).toBe(201)
    await expect.poll(() => heard.length).toBe(1)
    expect(heard[0]?.headers).toMatchObject({ traceparent, tracestate: 'vendor=1' })
    expect(`${await answer.text()}${heard[0]?.body ?? ''}`).not.toContain('00f067aa0ba902b7')
    await server.close()
  })
})
