import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { JsonValue } from '@patchbay/engine/workflow'
import { createConfig } from './config.ts'
import { logOptions } from './telemetry/log.ts'
import { startServer } from './server.ts'
import { type TestServer, drawing, startTestServer, testNodes, waiting } from './testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ bodyLimitBytes: 200_000, uploadLimitBytes: 200_000 })
})
afterAll(() => server.close())
const post = (path: string, body: BodyInit, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(server.url + path, { method: 'POST', body, headers })

/** What must hold of every answer to what nobody in their right mind sends. */
async function expectGraceful(answer: Response, of: string): Promise<void> {
  const text = await answer.text()
  if (answer.status >= 500) throw new Error(`${of}: ${answer.status} ${text.slice(0, 300)}`)
  if (text.includes(server.directory) || /\bat .*\.(ts|js):\d+/.test(text))
    throw new Error(`${of} tells a path: ${text}`)
  if (answer.status < 400) return
  const { error }: { error?: { code?: string; message?: string } } = JSON.parse(text)
  expect(error?.code, of).toMatch(/^[a-z-]+$/)
  expect(error?.message?.length, of).toBeGreaterThan(5)
}

/** The value with something else at one place of it. */
function replacedAt(value: JsonValue, path: readonly number[], by: JsonValue): JsonValue {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null) return by
  const keys = Object.keys(value)
  const key = keys[step % Math.max(1, keys.length)]
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((one, index) => (String(index) === key ? replacedAt(one, rest, by) : one))
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === key ? replacedAt(one, rest, by) : one]),
  )
}
const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>
const odd = fc.oneof(
  json,
  fc.constantFrom<JsonValue>(
    null,
    -1,
    1e308,
    2 ** 53,
    '',
    '__proto__',
    'constructor',
    '\u0000',
    '../..',
    [],
    {},
    'x'.repeat(5000),
  ),
)

describe('a request that is almost right', () => {
  test('is taken or refused in the one shape, whatever stands in whichever place', { timeout: 120_000 }, async () => {
    await server.client.queue.pause()
    const submission = JSON.parse(
      JSON.stringify({
        document: drawing(),
        parameters: {},
        targets: ['picture'],
        batch: { groups: [[{ target: { node: 'wait', input: 'ms' }, values: [1, 2] }]], count: 2 },
        name: 'x',
        priority: 1,
        front: true,
        onCrash: 'fail',
        webhook: { url: 'https://example.org/', secret: 's' },
      }),
    ) as JsonValue
    const valid: readonly (readonly [path: string, body: JsonValue])[] = [
      ['/api/v1/jobs', submission],
      [
        '/api/v1/validate',
        { document: submission && (submission as { document: JsonValue }).document, targets: ['wait'] },
      ],
      ['/api/v1/workflows', { document: (submission as { document: JsonValue }).document, name: 'x', message: 'y' }],
      ['/api/v1/downloads', { url: 'https://example.invalid/x.safetensors', folder: 'loras', name: 'x.safetensors' }],
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.nat(valid.length - 1),
        fc.array(fc.nat(20), { maxLength: 6 }),
        odd,
        async (which, path, by) => {
          const [at, body] = valid[which] ?? ['', null]
          const text = JSON.stringify(replacedAt(body, path, by))
          await expectGraceful(await post(at, text), `POST ${at} ${text.slice(0, 300)}`)
        },
      ),
      { numRuns: 250 },
    )
    await server.client.queue.clear()
    await server.client.queue.resume()
  })

  test('an upload that is cut, garbled or mislabelled is refused, never a fault', async () => {
    const part = (name: string, file: string, bytes: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"; filename="${file}"\r\n\r\n${bytes}\r\n`
    const whole = `${part('file', 'a.png', 'not a picture')}--b--\r\n`
    const bodies = [
      ...Array.from({ length: 12 }, (_, index) => whole.slice(0, Math.floor((whole.length * index) / 12))),
      part('file', '../../a.png', '\x89PNG'),
      part('file', '\u0000', ''),
      part('other', 'a.png', 'x'),
      `${part('file', 'a', 'x').repeat(2000)}--b--\r\n`,
      'Content-Disposition: form-data',
    ]
    for (const body of bodies) {
      for (const type of ['multipart/form-data; boundary=b', 'multipart/form-data', 'multipart/mixed; boundary=b']) {
        await expectGraceful(
          await post('/api/v1/uploads', body, { 'content-type': type }),
          `${type} ${body.slice(0, 80)}`,
        )
      }
    }
  })

  test('a body that unpacks to far more than it is, is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, ' '))
    expect(bomb.length).toBeLessThan(200_000)
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect((await post('/api/v1/jobs', new Uint8Array(bomb), headers)).status).toBe(413)
  })
})

describe('a socket', () => {
  const open = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/events`)
    await new Promise((resolve) => socket.once('open', resolve))
    return socket
  }

  test('that sends anything at all is answered with what it should send, and can still subscribe', async () => {
    const socket = await open()
    const heard: { type: string; error?: { code: string } }[] = []
    socket.on('message', (data, binary) => {
      if (!binary) heard.push(JSON.parse(String(data)) as (typeof heard)[number])
    })
    const messages = fc.sample(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        json.map((value) => JSON.stringify(value)),
        json.map((value) => JSON.stringify({ type: 'subscribe', after: value })),
        json.map((value) => JSON.stringify({ type: 'subscribe', jobs: value, previews: value })),
        fc.uint8Array({ maxLength: 100 }),
        fc.constantFrom('{"type":"subscribe","after":-1}', '{"type":"subscribe","__proto__":{}}', '['.repeat(5000)),
      ),
      400,
    )
    for (const message of messages) socket.send(message)
    socket.send(JSON.stringify({ type: 'subscribe', after: 0 }))
    const { jobs } = await server.client.jobs.submit({ document: waiting(0) }, { waitMs: 20_000 })
    await expect.poll(() => JSON.stringify(heard), { timeout: 60_000 }).toContain(jobs[0]!.id)
    const refusals = heard.filter(({ type }) => type === 'error')
    expect(refusals.length).toBeGreaterThan(100)
    expect(new Set(refusals.map(({ error }) => error?.code))).toEqual(new Set(['invalid-request']))
    socket.close()
  })

  test('that breaks the protocol is closed, and the others hear on', async () => {
    const { hostname, port } = new URL(server.url)
    const broken = connect(Number(port), hostname)
    broken.on('error', () => undefined)
    const closed = new Promise((resolve) => broken.once('close', resolve))
    broken.write(
      `GET /api/v1/events HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    )
    broken.once('data', () => broken.write(Buffer.from('ff7f00000000ffffffff', 'hex')))
    broken.resume()
    await closed
    const other = await open()
    expect(other.readyState).toBe(WebSocket.OPEN)
    other.close()
  })

  test('that never reads keeps nobody else waiting', async () => {
    const { hostname, port } = new URL(server.url)
    const deaf = Array.from({ length: 5 }, () => {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => undefined)
      socket.write(`GET /api/v1/events?after=0 HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
      return socket.pause()
    })
    const { jobs } = await server.client.jobs.submit({ document: waiting(0), batch: { count: 50 } })
    await Promise.all(jobs.map(({ id }) => server.client.jobs.wait(id)))
    expect((await server.client.jobs.list({ limit: 50 })).jobs.map(({ state }) => state)).not.toContain('queued')
    for (const socket of deaf) socket.destroy()
  })
})

test('no secret is in a log, a job, an event, a setting or a metric', async () => {
  const written: string[] = []
  const stream = new PassThrough()
  stream.on('data', (chunk: Buffer) => written.push(chunk.toString()))
  const { directory } = server
  const config = createConfig({
    dataDirectory: `${directory}-secrets`,
    port: 0,
    nodePacks: [testNodes],
    builtInNodes: false,
    memoDiskBytes: 0,
    ownerToken: 'owner-secret',
    viewerToken: 'viewer-secret',
  })
  const guarded = await startServer(config, pino(logOptions('debug'), stream))
  const headers = { authorization: 'Bearer owner-secret', 'content-type': 'application/json' }
  const ask = async (path: string, init: RequestInit = {}) =>
    (await fetch(guarded.url + path, { headers, redirect: 'manual', ...init })).text()
  await ask('/?token=viewer-secret', { headers: {} })
  await ask('/api/v1/queue', { headers: { authorization: 'Bearer guessed-secret' } })
  const body = JSON.stringify({
    document: waiting(0),
    webhook: { url: 'http://127.0.0.1:9/?key=url-secret', secret: 'webhook-secret' },
  })
  const made = await ask('/api/v1/jobs?wait=20000', { method: 'POST', body })
  const { jobs }: { jobs: { id: string }[] } = JSON.parse(made)
  const at = `/api/v1/jobs/${jobs[0]?.id ?? ''}`
  const told = [made]
  for (const path of [
    at,
    `${at}/events`,
    '/api/v1/jobs',
    '/api/v1/system',
    '/api/v1/settings',
    '/metrics',
    '/history',
  ]) {
    told.push(await ask(path))
  }
  await guarded.close()
  expect(written.join('')).toContain('job ended')
  for (const text of [...written, ...told]) expect(text).not.toMatch(/(owner|viewer|guessed|webhook|url)-secret/)
})
