import { type Workflow, workflowVersion } from '@patchbay/engine/workflow'
import { describe, expect, test } from 'vitest'
import { ApiError } from './api-error.ts'
import { createClient } from './client.ts'

interface Sent {
  readonly url: string
  readonly init: RequestInit
}

/** A client whose requests are recorded and answered in turn. */
function recordingClient(...answers: (Response | Error)[]) {
  const sent: Sent[] = []
  const client = createClient({
    baseUrl: 'http://server/',
    token: 'secret',
    fetch: (url, init = {}) => {
      sent.push({ url: String(url), init })
      const answer = answers.shift() ?? Response.json({})
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
  })
  return { client, sent }
}
const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  )
const document: Workflow = { format: 'patchbay-workflow', version: workflowVersion, nodes: {} }

describe('a request', () => {
  test('goes to the path of its operation with the token, its body as JSON', async () => {
    const { client, sent } = recordingClient()
    await client.jobs.submit({ document, priority: 2 }, { idempotencyKey: 'k', waitMs: 5 })
    const [{ url, init } = { url: '', init: {} }] = sent
    expect([init.method, url]).toEqual(['POST', 'http://server/api/v1/jobs?wait=5'])
    expect(init.headers).toEqual({
      authorization: 'Bearer secret',
      'content-type': 'application/json',
      'idempotency-key': 'k',
    })
    expect(JSON.parse(String(init.body))).toEqual({ document, priority: 2 })
  })

  test('leaves out of its address and its headers what is undefined', async () => {
    const { client, sent } = recordingClient()
    await client.jobs.submit({ document })
    await client.workflows.get('w')
    expect(sent.map(({ url }) => url)).toEqual(['http://server/api/v1/jobs', 'http://server/api/v1/workflows/w'])
    expect(Object.keys(sent[0]?.init.headers ?? {})).toEqual(['authorization', 'content-type'])
  })

  test('writes a list of its query as one value with commas', async () => {
    const { client, sent } = recordingClient()
    await client.jobs.list({ state: ['queued', 'running'], limit: 3 })
    expect(new URL(sent[0]?.url ?? '').searchParams.get('state')).toBe('queued,running')
  })

  test("keeps the folders in a file's name, and lets nothing else change the path", async () => {
    const { client, sent } = recordingClient()
    await client.models.detail('loras', 'people/an a?.safetensors')
    await client.jobs.get('../queue')
    expect(sent.map(({ url }) => url)).toEqual([
      'http://server/api/v1/models/loras/people/an%20a%3F.safetensors',
      'http://server/api/v1/jobs/..%2Fqueue',
    ])
  })

  test('sends a file as a form that names it', async () => {
    const { client, sent } = recordingClient()
    await client.files.upload(new Blob(['x']), 'x.png')
    const form = sent[0]?.init.body
    expect(form).toBeInstanceOf(FormData)
    expect((form as FormData).get('name')).toBe('x.png')
    expect((form as FormData).get('file')).toBeInstanceOf(Blob)
  })

  test('is asked again while a job that is waited for goes on', async () => {
    const { client, sent } = recordingClient(Response.json({ state: 'running' }), Response.json({ state: 'failed' }))
    expect((await client.jobs.wait('j')).state).toBe('failed')
    expect(sent.map(({ url }) => url)).toEqual(Array(2).fill('http://server/api/v1/jobs/j?wait=25000'))
  })
})

test('addresses of pictures can be made without asking', () => {
  const { client, sent } = recordingClient()
  const hash = 'sha256:0'
  expect(client.artifacts.url(hash, 'a.png')).toBe('http://server/api/v1/artifacts/sha256%3A0?download=a.png')
  expect(client.artifacts.thumbnailUrl(hash)).toBe('http://server/api/v1/artifacts/sha256%3A0/thumbnail?size=256')
  expect(client.files.url('input', 'a/b.png')).toBe('http://server/api/v1/files/input/a/b.png')
  expect(sent).toEqual([])
})

describe('what goes wrong', () => {
  test('a refusal has the code, the words, the hint and the time to wait that the server gave', async () => {
    const error = { code: 'queue-full', message: 'The queue is full.', hint: 'Wait.', requestId: 'r1' }
    const { client } = recordingClient(Response.json({ error }, { status: 429, headers: { 'retry-after': '7' } }))
    const thrown = await thrownBy(client.jobs.submit({ document }))
    expect(thrown).toBeInstanceOf(ApiError)
    expect(thrown).toMatchObject({ status: 429, ...error, retryAfter: 7, issues: [] })
  })

  test('nobody who answers is "unreachable", with the cause', async () => {
    const cause = new TypeError('fetch failed')
    const { client } = recordingClient(cause)
    expect(await thrownBy(client.system())).toMatchObject({ status: 0, code: 'unreachable', cause })
  })

  test.each([
    ['an error page', new Response('<html>', { status: 502, statusText: 'Bad Gateway' }), 502],
    ['a page in place of JSON', new Response('<html>'), 200],
  ])('%s of another program is an unexpected answer', async (_, answer, status) => {
    const { client } = recordingClient(answer)
    expect(await thrownBy(client.system())).toMatchObject({ status, code: 'unexpected-answer' })
  })

  test('a request that its asker gives up fails with the reason of the signal', async () => {
    const reason = new Error('changed my mind')
    const { client } = recordingClient(reason)
    const signal = AbortSignal.abort(reason)
    expect(await thrownBy(client.jobs.wait('j', signal))).toBe(reason)
  })

  test('events cannot be followed where there is no WebSocket', () => {
    const { client } = recordingClient()
    const { WebSocket } = globalThis
    Reflect.deleteProperty(globalThis, 'WebSocket')
    try {
      expect(() => client.follow({})).toThrow('pass `WebSocket` to createClient')
    } finally {
      if (WebSocket) globalThis.WebSocket = WebSocket
    }
  })
})
