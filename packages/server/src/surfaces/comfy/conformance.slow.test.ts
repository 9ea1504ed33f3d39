import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { JsonObject } from '@patchbay/engine/workflow'
import { pngOf } from '../../testing/png.ts'
import { type TestServer, startTestServer } from '../../testing/test-server.ts'

// What ComfyUI's clients may rely on, route by route and message by message, over real sockets.

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await fetch(`${server.url}/object_info`)
}, 120_000)
afterAll(() => server.close())

const post = async (path: string, body: unknown) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(server.url + path, { method: 'POST', body: text })
  return { status: response.status, body: await response.json() }
}
const get = async (path: string) => (await fetch(server.url + path)).json()
const wait = (salt: number, ms = 0, more: object = {}) => ({
  '1': { class_type: 'TestWait', inputs: { ms, steps: 1, stubborn: false, salt, ...more } },
  '2': { class_type: 'TestKeep', inputs: { value: ['1', 0] } },
})
const submit = async (prompt: object, more: object = {}): Promise<string> =>
  (await post('/prompt', { prompt, ...more })).body.prompt_id

interface Heard {
  readonly type: string
  readonly data: JsonObject
}
async function listen(query: string) {
  const messages: Heard[] = []
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws${query}`)
  const frames: Buffer[] = []
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) frames.push(data)
    else messages.push(JSON.parse(data.toString()) as Heard)
  })
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  await new Promise((resolve) => socket.on('open', resolve))
  const until = async (type: string, holds: (data: JsonObject) => boolean = () => true): Promise<JsonObject> => {
    for (;;) {
      const found = messages.find((message) => message.type === type && holds(message.data))
      if (found) return found.data
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { messages, frames, until, closed, send: (text: string) => socket.send(text), close: () => socket.close() }
}

describe('the queue', () => {
  test('shows what waits with the next first, without secrets; what is deleted is gone', async () => {
    await server.client.queue.pause()
    const secret = { extra_data: { auth_token_comfy_org: 'secret', api_key_comfy_org: 'secret', kept: 1 } }
    const [a, b, first, front] = [
      await submit(wait(1), { client_id: 'me', ...secret }),
      await submit(wait(2), { number: 7.5 }),
      await submit(wait(3), { number: -3 }),
      await submit(wait(4), { front: true }),
    ]
    const { queue_running: running, queue_pending: pending } = await get('/queue')
    expect([running, pending.map((item: unknown[]) => item.length)]).toEqual([[], [5, 5, 5, 5]])
    const order = pending.map((item: unknown[]) => item[1])
    expect(order.indexOf(first)).toBeLessThan(order.indexOf(a))
    expect(order.indexOf(front)).toBeLessThan(order.indexOf(a))
    const [, , prompt, extra, outputs] = pending.find((item: unknown[]) => item[1] === a)
    expect([prompt['2'].class_type, outputs]).toEqual(['TestKeep', ['2']])
    expect(extra).toEqual({ kept: 1, client_id: 'me', create_time: expect.any(Number) })
    expect(await get('/prompt')).toEqual({ exec_info: { queue_remaining: 4 } })
    expect(await post('/queue', { delete: [a, randomUUID()] })).toEqual({ status: 200, body: {} })
    expect(await post(`/api/jobs/${b}/cancel`, {})).toEqual({ status: 200, body: { cancelled: true } })
    expect((await post(`/api/jobs/${b}/cancel`, {})).body).toEqual({ cancelled: false })
    expect((await post('/api/jobs/cancel', { job_ids: [first] })).body).toEqual({ cancelled: true })
    expect((await get('/queue')).queue_pending.map((item: unknown[]) => item[1])).toEqual([front])
    await post('/queue', { clear: true })
    expect((await get('/queue')).queue_pending).toEqual([])
    await server.client.queue.resume()
  })

  test.each([
    ['{', {}],
    [{ job_ids: 'x' }, {}],
    [{ job_ids: ['NOT-A-UUID'] }, { invalid_ids: ['NOT-A-UUID'] }],
  ])('jobs to cancel named as %j are refused', async (body, more) => {
    const { status, body: answer } = await post('/api/jobs/cancel', body)
    expect([status, answer]).toMatchObject([400, { error: expect.anything(), ...more }])
  })

  test('an interrupt of another prompt lets the one that runs go on', async () => {
    const { until, messages, close } = await listen('?clientId=careful')
    const id = await submit(wait(20, 400), { client_id: 'careful' })
    await until('executing', ({ node }) => node === '1')
    await post('/interrupt', { prompt_id: randomUUID() })
    await until('execution_success', ({ prompt_id: of }) => of === id)
    expect(messages.some(({ type }) => type === 'execution_interrupted')).toBe(false)
    close()
  })
})

describe('the history', () => {
  test('is read by the page, the oldest first, and without an offset from the end', async () => {
    await post('/history', { clear: true })
    const ids = []
    for (const salt of [31, 32, 33]) {
      ids.push(await submit(wait(salt)))
      await server.client.jobs.wait(ids.at(-1)!)
    }
    const pageOf = async (query: string) => Object.keys(await get(`/history${query}`))
    expect(await pageOf('')).toEqual(ids)
    expect(await pageOf('?max_items=2')).toEqual(ids.slice(1))
    expect(await pageOf('?max_items=1&offset=1')).toEqual(ids.slice(1, 2))
    expect(await get(`/history/${randomUUID()}`)).toEqual({})
    await post('/history', { delete: [ids[0]] })
    expect(await pageOf('')).toEqual(ids.slice(1))
  })
})

describe('a prompt', () => {
  test('may wrap a value, so that a list is no link', async () => {
    expect(await submit(wait(40, 0, { salt: { __value__: 41 } }))).toEqual(expect.any(String))
  })
  test.each([
    [
      'whose node has no class',
      { '1': { inputs: {}, _meta: { title: 'Mine' } } },
      { class_type: null, node_title: 'Mine' },
    ],
    ['whose class is unknown', { '1': { class_type: 'Nope', inputs: {} } }, { class_type: 'Nope', node_id: '1' }],
  ])('%s is refused as a whole', async (_, prompt, info) => {
    const { status, body } = await post('/prompt', { prompt })
    expect([status, body]).toMatchObject([
      400,
      { error: { type: 'missing_node_type', extra_info: info }, node_errors: {} },
    ])
  })
  test('whose choice is none says which there are', async () => {
    const bad = { '1': { class_type: 'TestCrash', inputs: { how: 'gently', salt: 1 } }, '2': wait(0)['2'] }
    const [error] = (await post('/prompt', { prompt: bad })).body.node_errors['1'].errors
    expect(error).toMatchObject({
      type: 'value_not_in_list',
      details: expect.stringContaining('"throw"'),
      extra_info: {
        input_name: 'how',
        received_value: 'gently',
        input_config: [expect.any(Array), expect.any(Object)],
      },
    })
  })
  test('is refused with an id that is taken', async () => {
    const id = randomUUID()
    expect(await submit(wait(42), { prompt_id: id })).toBe(id)
    expect((await post('/prompt', { prompt: wait(42), prompt_id: id })).body.error.type).toBe('invalid_prompt_id')
  })
})

describe('the socket', () => {
  test('without an id gets one, and hears of prompts without a client', async () => {
    const { until, messages, close } = await listen('')
    expect(await until('status')).toMatchObject({ sid: expect.stringMatching(/^[0-9a-f]{32}$/) })
    const id = await submit(wait(50, 10))
    await until('progress_state', ({ prompt_id: of }) => of === id)
    await server.client.jobs.wait(id)
    await until('status', ({ sid, status }) => sid === undefined && JSON.stringify(status).includes(':0'))
    // What is done at which node is for a client alone.
    expect(messages.filter(({ type, data }) => type.startsWith('execut') && data['prompt_id'] === id)).toEqual([])
    const cut = await submit(wait(51, 60_000))
    await until('progress_state', ({ prompt_id: of }) => of === cut)
    await post('/interrupt', {})
    expect(await until('execution_interrupted')).toMatchObject({ prompt_id: cut, node_id: '1' })
    close()
  })

  test('that comes again takes the place of the one before, and is told which node runs', async () => {
    const before = await listen('?clientId=again')
    const id = await submit(wait(52, 1_500), { client_id: 'again' })
    await before.until('executing', ({ node }) => node === '1')
    const after = await listen('?clientId=again')
    await before.closed
    expect(await after.until('executing')).toEqual({ node: '1' })
    await after.until('execution_success', ({ prompt_id: of }) => of === id)
    after.close()
  })

  test('carries what a node says of its progress, behind its id', async () => {
    const { until, frames, send, close } = await listen('?clientId=text')
    send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }))
    await until('feature_flags')
    await submit(wait(54, 1, { steps: 2 }), { client_id: 'text' })
    await until('execution_success')
    const [first] = frames
    expect([first?.readUInt32BE(0), first?.readUInt32BE(4)]).toEqual([3, 1])
    expect(first?.subarray(8).toString()).toBe('1waited 1 times')
    close()
  })

  test('answers what a client says of itself once, with its own features', async () => {
    const { until, messages, send, close } = await listen('?clientId=features')
    const said = JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } })
    send(said)
    send(said)
    expect(await until('feature_flags')).toEqual(await get('/features'))
    await submit(wait(53), { client_id: 'features' })
    await until('execution_success')
    expect(messages.filter(({ type }) => type === 'feature_flags')).toHaveLength(1)
    close()
  })
})

describe('files', () => {
  const upload = async (path: string, fields: Record<string, string>, name = 'seen.png') => {
    const form = new FormData()
    form.set('image', new Blob([new Uint8Array(pngOf(6, 4, [9, 8, 7]))]), name)
    for (const [field, value] of Object.entries(fields)) form.set(field, value)
    const response = await fetch(server.url + path, { method: 'POST', body: form })
    return { status: response.status, body: await response.json() }
  }
  const view = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/view?${query}`, { headers })
  beforeAll(async () => {
    await upload('/upload/image', {})
    await upload('/upload/image', { subfolder: 'masks' })
  })

  test.each([
    ['', 404],
    ['filename=', 400],
    ['filename=/etc/passwd&type=input', 400],
    ['filename=..%2Fseen.png&type=input', 400],
    ['filename=seen.png&type=models', 400],
    ['filename=seen.png&type=input&subfolder=..', 403],
    ['filename=nothing.png&type=input', 404],
    ['filename=masks&type=input', 404],
    ['filename=seen.png&type=input', 200],
    ['filename=seen.png%20%5Binput%5D&type=output', 200],
  ])('/view?%s is %i', async (query, status) => {
    expect((await view(query)).status).toBe(status)
  })
  test.each([
    ['preview=webp;90', 'image/webp'],
    ['preview=jpeg;80', 'image/jpeg'],
    ['channel=rgb', 'image/png'],
    ['channel=a', 'image/png'],
    ['clientId=1', 'image/png'],
  ])('/view with %s is %s', async (query, type) => {
    const seen = await view(`filename=seen.png&type=input&${query}`)
    expect([seen.status, seen.headers.get('content-type')]).toEqual([200, type])
    expect(seen.headers.get('x-content-type-options')).toBe('nosniff')
  })
  test('/view gives a part, and names the file', async () => {
    const part = await view('filename=seen.png&type=input', { range: 'bytes=1-3' })
    expect([part.status, await part.text()]).toEqual([206, 'PNG'])
    expect(part.headers.get('content-disposition')).toContain('seen.png')
  })
  test.each(['original_ref', 'originalRef'])('a mask names its picture by %s', async (field) => {
    const kept = await upload(
      '/upload/mask',
      { [field]: JSON.stringify({ filename: 'seen.png', type: 'input' }) },
      `${field}.png`,
    )
    expect([kept.status, kept.body.type]).toEqual([200, 'input'])
  })
  test('are listed with their folder, the newest first', async () => {
    await upload('/upload/image', {}, 'newest.png')
    const [first] = await get('/internal/files/input')
    expect(first).toBe('newest.png [input]')
    expect((await fetch(`${server.url}/internal/files/models`)).status).toBe(400)
  })
  test('of a user in a folder that is not there are none', async () => {
    expect(await get('/v2/userdata')).toEqual([])
    // Comfy API v2 lies at the same place.
    expect(await get('/api/v2/userdata?path=')).toEqual([])
    expect((await fetch(`${server.url}/v2/userdata?path=nowhere`)).status).toBe(404)
    expect((await fetch(`${server.url}/userdata?dir=nowhere`)).status).toBe(404)
    expect((await fetch(`${server.url}/userdata`)).status).toBe(400)
    expect((await fetch(`${server.url}/userdata?dir=`)).status).toBe(400)
  })

  test('of a client are never shown in place, but for its style sheet, which its page loads', async () => {
    const none = await fetch(`${server.url}/userdata/user.css`)
    expect([none.status, none.headers.get('content-type'), await none.text()]).toEqual([
      200,
      'text/css; charset=utf-8',
      '',
    ])
    for (const name of ['user.css', 'page.html']) {
      await fetch(`${server.url}/userdata/${name}?overwrite=true`, { method: 'POST', body: 'a { color: red }' })
    }
    const [sheet, page] = [
      await fetch(`${server.url}/userdata/user.css`),
      await fetch(`${server.url}/userdata/page.html`),
    ]
    expect([sheet.headers.get('content-type'), sheet.headers.get('content-disposition')]).toEqual([
      'text/css; charset=utf-8',
      'inline',
    ])
    expect(page.headers.get('content-disposition')).toBe('attachment')
  })
})

test.each([
  ['/extensions', []],
  ['/i18n', {}],
  ['/global_subgraphs', {}],
  ['/global_subgraphs/x', null],
  ['/node_replacements', {}],
  ['/workflow_templates', {}],
  ['/users', { storage: 'server', migrated: true }],
  ['/settings/none', null],
])('%s answers %j', async (path, answer) => {
  expect([await get(path), await get(`/api${path}`)]).toEqual([answer, answer])
})

test.each(Object.getOwnPropertyNames(Object.prototype))(
  'a node that is called %s runs and is in the history',
  async (id) => {
    const key = JSON.stringify(id)
    const body = `{"prompt": {${key}: {"class_type": "TestWait", "inputs": {"ms": 0, "steps": 1, "stubborn": false, "salt": NaN}},
    "keep": {"class_type": "TestKeep", "inputs": {"value": [${key}, 0]}}}}`
    const refused = await post('/prompt', body)
    expect([refused.status, Object.keys(refused.body.node_errors)]).toEqual([400, [id]])
    const { status, body: answer } = await post('/prompt', body.replace('NaN', '0'))
    expect([status, answer.node_errors]).toEqual([200, {}])
    await server.client.jobs.wait(answer.prompt_id)
    const entry = (await get(`/history/${answer.prompt_id}`))[answer.prompt_id]
    expect([entry.status.status_str, Object.keys(entry.prompt[2]).sort()]).toEqual(['success', [id, 'keep'].sort()])
  },
)
