import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { ServerMessage } from '../../api/api-types.ts'
import { type TestServer, drawing, startTestServer, waiting } from '../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
}, 120_000)
afterAll(() => server.close())

const submit = (
  document: object,
  { query = '', headers = {}, signal }: { query?: string; headers?: object; signal?: AbortSignal } = {},
  to = server,
) =>
  fetch(`${to.url}/api/v1/jobs${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ document }),
    ...(signal ? { signal } : {}),
  })

test(
  'every route that is described wants a token, and one that is the owner’s, the token of the owner',
  { timeout: 60_000 },
  async () => {
    const guarded = await startTestServer({ ownerToken: 'owner', viewerToken: 'viewer' })
    const headers = { authorization: 'Bearer viewer' }
    const described = await fetch(`${guarded.url}/api/v1/openapi.json`, { headers })
    const { paths } = (await described.json()) as { paths: Record<string, Record<string, { 'x-role': string }>> }
    let routes = 0
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { 'x-role': role }] of Object.entries(methods)) {
        const ask = async (token?: string) => {
          const response = await fetch(guarded.url + path.replace(/\{\w+\}/g, 'x'), {
            method: method.toUpperCase(),
            headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
          })
          await response.body?.cancel()
          return response.status
        }
        const mayRead = role === 'viewer'
        const isRefused = [401, 403].includes(await ask('viewer'))
        expect([method, path, await ask(), isRefused]).toEqual([method, path, 401, !mayRead])
        const changes = method !== 'get' && !['/validate', '/import', '/export'].some((end) => path.endsWith(end))
        if (changes) expect([path, role]).toEqual([path, 'owner'])
        routes++
      }
    }
    expect(routes).toBeGreaterThan(40)
    await guarded.close()
  },
)

describe('events are heard again from any number', () => {
  /** The numbers of the first so many events of a stream. */
  async function streamed(count: number, headers: Record<string, string>): Promise<number[]> {
    const response = await fetch(`${server.url}/api/v1/events`, { headers })
    const numbers: number[] = []
    let text = ''
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk)
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      numbers.push(...parts.flatMap((part) => /^id: (\d+)$/m.exec(part)?.slice(1).map(Number) ?? []))
      if (numbers.length >= count) break
    }
    return numbers.slice(0, count)
  }
  function overSocket(after: number, count: number): Promise<number[]> {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/events`)
    const numbers: number[] = []
    return new Promise((resolve) => {
      socket.on('message', (data: Buffer, isBinary) => {
        const message = isBinary ? undefined : (JSON.parse(data.toString()) as ServerMessage)
        if (message?.type === 'hello') socket.send(JSON.stringify({ type: 'subscribe', after }))
        if (message?.type === 'job' && message.seq !== undefined) numbers.push(message.seq)
        if (numbers.length < count) return
        socket.close()
        resolve(numbers.slice(0, count))
      })
    })
  }

  test('by Last-Event-ID over SSE, and by `after` over a socket, without a gap or a repeat', async () => {
    await (await submit(waiting(1), { query: '?wait=20000' })).json()
    const all = await streamed(6, { 'last-event-id': '0' })
    expect(all).toHaveLength(6)
    for (const [index, number] of all.slice(0, -1).entries()) {
      const rest = all.slice(index + 1)
      expect(await streamed(rest.length, { 'last-event-id': String(number) })).toEqual(rest)
      expect(await overSocket(number, rest.length)).toEqual(rest)
    }
  })
})

describe('a kept file', () => {
  const part = async (range: string, method = 'GET', headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}/api/v1/artifacts/${hash}`, { method, headers: { range, ...headers } })
    const bytes = Buffer.from(await response.arrayBuffer())
    return { status: response.status, bytes, range: response.headers.get('content-range') }
  }
  let hash: string
  let whole: Buffer
  beforeAll(async () => {
    const { jobs } = (await (await submit(drawing(), { query: '?wait=20000' })).json()) as { jobs: { id: string }[] }
    const { files } = await server.client.jobs.get(jobs[0]!.id)
    hash = files[0]!.hash
    whole = Buffer.from(await (await fetch(`${server.url}/api/v1/artifacts/${hash}`)).arrayBuffer())
  })

  test.each([
    ['bytes=0-3', 0, 4],
    ['bytes=4-', 4, undefined],
    ['bytes=-5', -5, undefined],
    ['bytes=2-999999', 2, undefined],
  ])('is given in part for %s', async (range, from, to) => {
    const given = await part(range)
    const wanted = whole.subarray(from, to)
    const start = from < 0 ? whole.length + from : from
    const said = `bytes ${start}-${start + wanted.length - 1}/${whole.length}`
    expect([given.status, given.bytes.equals(wanted), given.range]).toEqual([206, true, said])
  })
  test('is whole for several parts or for what is no range, and refused outside', async () => {
    for (const range of ['bytes=0-1,3-4', 'lines=1-2']) expect((await part(range)).bytes.equals(whole)).toBe(true)
    expect(await part('bytes=999999-')).toMatchObject({ status: 416, range: `bytes */${whole.length}` })
  })
  test('is not sent again to one who has it', async () => {
    const again = await fetch(`${server.url}/api/v1/artifacts/${hash}`, { headers: { 'if-none-match': `"${hash}"` } })
    expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0])
  })
})

test('what a node warned of stands on its job', { timeout: 60_000 }, async () => {
  const message = 'old.ckpt: 3 of its weights are not read.'
  const warning = { type: 'TestWarn', version: 1, values: { message }, links: {} }
  const value = { node: 'warning', output: 'value' }
  const keep = { type: 'TestKeep', version: 1, values: {}, links: { value } }
  const document = { format: 'patchbay-workflow', version: 1, nodes: { warning, keep } }
  const answer = await submit(document, { query: '?wait=50000' })
  const { jobs } = (await answer.json()) as { jobs: { id: string }[] }
  expect(await server.client.jobs.get(jobs[0]?.id ?? '')).toMatchObject({
    state: 'succeeded',
    warnings: [{ node: 'warning', message }],
  })
})

describe('a submission', () => {
  test('tells its results by name and the values that it used, in its record and in its last event', async () => {
    const { jobs } = await server.client.jobs.submit({ document: drawing() }, { waitMs: 30_000 })
    const { id } = jobs[0]!
    const picture = { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string, mime: 'image/png' }
    const detail = await server.client.jobs.get(id)
    expect(detail.results).toMatchObject({ testPicture: picture })
    const { events } = await server.client.jobs.events(id)
    expect(events.at(-1)?.event).toEqual({ type: 'job-succeeded', results: detail.results, used: detail.used })
    expect(events.at(-2)?.event).toMatchObject({ type: 'run-succeeded', results: detail.results })
  })

  test('that is repeated with its key gives the same job; another with that key is refused', async () => {
    const headers = { 'idempotency-key': 'once' }
    const [first, again] = [await submit(waiting(2), { headers }), await submit(waiting(2), { headers })]
    const idOf = async (response: Response) => ((await response.json()) as { jobs: { id: string }[] }).jobs[0]?.id
    expect(await idOf(again)).toBe(await idOf(first))
    const other = await submit(waiting(3), { headers })
    expect([other.status, await other.json()]).toMatchObject([409, { error: { code: 'key-reused' } }])
    const wrong = await submit(waiting(2), { headers: { 'idempotency-key': 'with blanks in it' } })
    expect(wrong.status).toBe(400)
  })

  test('whose asker does not wait for its end runs on', { timeout: 60_000 }, async () => {
    const gone = new AbortController()
    const asked = submit(waiting(600, { salt: 77 }), { query: '?wait=20000', signal: gone.signal })
    const list = async () => (await server.client.jobs.list({ state: ['running'] })).jobs
    let running = await list()
    while (running.length === 0) running = await list()
    gone.abort()
    await expect(asked).rejects.toThrow()
    expect(await server.client.jobs.wait(running[0]!.id)).toMatchObject({ state: 'succeeded' })
  })

  test('past the cap is told when to come back, on every surface', { timeout: 60_000 }, async () => {
    const full = await startTestServer({ queueCapacity: 1, builtInNodes: true })
    await fetch(`${full.url}/object_info`)
    await full.client.queue.pause()
    expect((await submit(waiting(1), {}, full)).status).toBe(201)
    const post = (path: string, body: object) =>
      fetch(full.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const prompt = {
      '1': { class_type: 'TestWait', inputs: { ms: 1, steps: 1, stubborn: false, salt: 1 } },
      '2': { class_type: 'TestKeep', inputs: { value: ['1', 0] } },
    }
    const answers = await Promise.all([
      submit(waiting(1), {}, full),
      post('/prompt', { prompt }),
      post('/api/v2/jobs', { workflow: prompt }),
      post('/v1/images/generations', { prompt: 'a cat', size: '64x64' }),
      post('/sdapi/v1/txt2img', { prompt: 'a cat', width: 64, height: 64 }),
    ])
    for (const answer of answers) {
      expect([answer.url.slice(full.url.length), answer.status]).toEqual([expect.any(String), 429])
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await answer.text()).toMatch(/queue/i)
    }
    await full.close()
  })
})
