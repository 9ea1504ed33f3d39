import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import type { StoredJob } from '../store/stored-job.ts'
import { traceContextOf } from './trace-context.ts'
import { startTraces } from './traces.ts'

interface Span {
  readonly name: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code: number; readonly message?: string }
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
}

/** A collector that keeps what it is sent. */
async function collector() {
  const received: { path: string | undefined; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      received.push({ path: request.url, body })
      response.setHeader('content-type', 'application/json')
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { received, endpoint: `http://127.0.0.1:${port}`, close: () => server.close() }
}

const job: StoredJob = {
  id: 'j1',
  number: 1,
  state: 'failed',
  owner: 'local',
  priority: 0,
  createdAt: 1_800_000_000_900,
  startedAt: 1_800_000_001_000,
  finishedAt: 1_800_000_001_500,
  attempts: 1,
  artifacts: 0,
  name: 'a cat',
  device: 'cpu',
  error: { code: 'node-failed', message: 'Decode (b): no memory.', node: 'b' },
  document: {
    format: 'patchbay-workflow',
    version: 1,
    nodes: {
      a: { type: 'Sample', version: 1, values: {}, links: {} },
      b: { type: 'Decode', version: 1, values: {}, links: {} },
    },
  },
  timeline: [
    { node: 'a', start: 10, end: 300, lane: 'gpu', memoryBytes: 5_000, outcome: 'finished' },
    { node: 'b', start: 300, end: 450, lane: 'cpu', outcome: 'failed' },
  ],
}

test('a job that ended is a span, and each of its nodes a span inside it with its times, lane and memory', async () => {
  const { received, endpoint, close } = await collector()
  const traces = await startTraces({ endpoint })
  traces.jobEnded(job)
  await traces.close()
  close()
  expect(received.map(({ path }) => path)).toEqual(['/v1/traces'])
  const told: { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] } = JSON.parse(received[0]?.body ?? '{}')
  const spans = told.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: inScope }) => inScope))
  const [whole] = spans.filter(({ name }) => name === 'job a cat')
  const [sample, decode] = ['Sample', 'Decode'].map((type) => spans.find(({ name }) => name === type))
  expect(whole).toMatchObject({
    startTimeUnixNano: '1800000001000000000',
    endTimeUnixNano: '1800000001500000000',
    status: { code: 2 },
  })
  expect(sample).toMatchObject({
    parentSpanId: whole?.spanId,
    startTimeUnixNano: '1800000001010000000',
    endTimeUnixNano: '1800000001300000000',
    status: { code: 0 },
  })
  expect(sample?.attributes).toContainEqual({ key: 'patchbay.lane', value: { stringValue: 'gpu' } })
  expect(sample?.attributes).toContainEqual({ key: 'process.memory.usage', value: { intValue: 5000 } })
  expect(decode?.status).toMatchObject({ code: 2, message: 'Decode (b): no memory.' })
})

test('the spans of a job that was submitted within a trace belong to it, unless that trace is not sampled', async () => {
  const { received, endpoint, close } = await collector()
  const traces = await startTraces({ endpoint })
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const of = (traceparent: string) => ({ ...job, trace: { traceparent, tracestate: 'vendor=1' } })
  traces.jobEnded(of(`00-${traceId}-00f067aa0ba902b7-01`))
  traces.jobEnded({ ...of(`00-${traceId}-00f067aa0ba902b8-00`), name: 'unheard' })
  await traces.close()
  close()
  const text = received.map(({ body }) => body).join()
  expect(text.match(new RegExp(`"traceId":"${traceId}"`, 'g'))).toHaveLength(3)
  expect(text).toContain('"parentSpanId":"00f067aa0ba902b7"')
  expect(text).toContain('"traceState":"vendor=1"')
  expect(text).not.toContain('unheard')
})

test.each([
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', true],
  ['01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', true],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', false],
  ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', false],
  ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', false],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', false],
  ['00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', false],
  ['nonsense', false],
])('%s names a trace: %s', (traceparent, isOne) => {
  expect(traceContextOf({ traceparent, tracestate: 'a=1' }) !== undefined).toBe(isOne)
})
