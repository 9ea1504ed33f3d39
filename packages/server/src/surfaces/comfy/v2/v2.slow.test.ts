import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '@patchbay/engine/workflow'
import { pngOf } from '../../../testing/png.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  // The first answer waits for the nodes to be loaded.
  await fetch(`${server.url}/object_info`)
}, 120_000)
afterAll(() => server.close())

const draw = (values: JsonObject = {}) => ({
  'a/1': { class_type: 'TestWait', inputs: { ms: 0, steps: 1, stubborn: false, salt: 0, ...values } },
  '9': { class_type: 'TestPicture', inputs: { after: ['a/1', 0], width: 8, height: 8, prefix: 'sub/pic' } },
})
const get = async (path: string) => (await fetch(`${server.url}${path}`)).json()

describe('API v2', () => {
  const submit = async (workflow: unknown, key: string) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key }
    const body = JSON.stringify({ workflow })
    const response = await fetch(`${server.url}/api/v2/jobs`, { method: 'POST', headers, body })
    return { status: response.status, body: await response.json() }
  }

  test('a job is polled to its end, and its picture fetched by the address that it names', async () => {
    const { status, body } = await submit(draw({ salt: 21 }), 'first')
    expect(status).toBe(201)
    let job = body
    while (!['succeeded', 'failed'].includes(job.status)) job = await get(job.urls.self)
    expect(job).toMatchObject({
      status: 'succeeded',
      progress: { value: 1 },
      outputs: [{ node_id: '9', content_type: 'image/png' }],
    })
    const picture = await fetch(job.outputs[0].url, { headers: { range: 'bytes=1-3' } })
    expect([picture.status, await picture.text()]).toEqual([206, 'PNG'])
    expect((await get(`${job.urls.self}/workflow`)).workflow['9'].class_type).toBe('TestPicture')
  })

  test('the same key gives the same job; another workflow under it, or what the editor saves, is refused', async () => {
    const [one, again] = [await submit(draw({ salt: 22 }), 'same'), await submit(draw({ salt: 22 }), 'same')]
    expect(again.body.id).toBe(one.body.id)
    expect(await submit(draw({ salt: 23 }), 'same')).toMatchObject({
      status: 422,
      body: { error: { code: 'idempotency_key_reuse' } },
    })
    expect(await submit({ nodes: [], links: [] }, 'ui')).toMatchObject({
      status: 422,
      body: { error: { code: 'workflow_format_ui' } },
    })
    expect(await submit({ '1': { class_type: 'Nope' } }, 'bad')).toMatchObject({
      status: 422,
      body: { error: { code: 'invalid_workflow' } },
    })
  })
})

/** What the published schema wants of a job, an output and an asset. */
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
const address = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/api\/v2\/assets\/.+\/content$/)

describe('by the published schema', () => {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${server.url}/api/v2${path}`, { method: 'POST', body: JSON.stringify(body) })
    return { status: response.status, body: await response.json() }
  }
  const ended = async (workflow: unknown, more: object = {}) => {
    const { body } = await post('/jobs', { workflow, ...more })
    await server.client.jobs.wait(body.id)
    return get(`/api/v2/jobs/${body.id}`)
  }

  test('a job and its outputs have every field', async () => {
    expect(await ended(draw({ salt: 41 }), { metadata: { client: 'acme' } })).toMatchObject({
      created_at: time,
      started_at: time,
      completed_at: time,
      expires_at: time,
      queue_position: null,
      error: null,
      metadata: { client: 'acme' },
      metrics: { queue_ms: expect.any(Number), execution_ms: expect.any(Number) },
      outputs: [{ type: 'image', hash: null, url: address, url_expires_at: time, size_bytes: expect.any(Number) }],
    })
  })

  test('an error has its traceback as a text, or null', async () => {
    const crash = { '1': { class_type: 'TestCrash', inputs: { how: 'throw', salt: 42 } } }
    const keep = { '2': { class_type: 'TestKeep', inputs: { value: ['1', 0] } } }
    const { status, error } = await ended({ ...crash, ...keep })
    expect([status, error.node_id, error.class_type]).toEqual(['failed', '1', 'TestCrash'])
    expect(error.traceback === null || typeof error.traceback === 'string').toBe(true)
  })

  test('jobs are listed by their labels, page by page, the newest first', async () => {
    const ids = []
    for (const salt of [51, 52, 53]) ids.unshift((await ended(draw({ salt }), { metadata: { of: 'pages' } })).id)
    await ended(draw({ salt: 54 }), { metadata: { of: 'others' } })
    const first = await get('/api/v2/jobs?metadata[of]=pages&limit=2')
    expect(first.jobs).toEqual(
      ids
        .slice(0, 2)
        .map((id) => ({ id, status: 'succeeded', create_time: time, update_time: time, metadata: { of: 'pages' } })),
    )
    const second = await get(`/api/v2/jobs?metadata[of]=pages&limit=2&cursor=${first.next_cursor}`)
    expect([second.jobs.map(({ id }: { id: string }) => id), second.next_cursor]).toEqual([ids.slice(2), undefined])
  })

  test.each([[[1]], [{ a: 1 }], ['x'], [{ '': 'x' }]])('labels %j are refused', async (metadata) => {
    const { status, body } = await post('/jobs', { workflow: draw(), metadata })
    expect([status, body.error.code]).toEqual([422, 'metadata_invalid'])
  })

  test('a file that lies here becomes an asset by its path; one that lies elsewhere does not', async () => {
    await mkdir(join(server.directory, 'input'), { recursive: true })
    await writeFile(join(server.directory, 'input', 'lies.png'), pngOf(4, 4, [1, 2, 3]))
    for (const [path, status] of [
      ['input/lies.png', 201],
      [join(server.directory, 'input', 'lies.png'), 200],
    ] as const) {
      const { status: answered, body } = await post('/assets/from-path', { path })
      expect([answered, body]).toMatchObject([
        status,
        { file_path: 'lies.png', url: address, created_new: status === 201 },
      ])
    }
    expect((await post('/assets/from-path', { path: '/etc/passwd' })).status).toBe(422)
    expect((await post('/assets/from-path', { path: 'input/../../x' })).status).toBe(422)
    expect((await post('/assets/from-path', { path: 'input/none.png' })).status).toBe(404)
  })

  test('health is told', async () => {
    expect(await get('/api/v2/health')).toEqual({ status: 'healthy' })
  })
})

describe('API v2 events', () => {
  test('tell a job from its state now to its end, outputs and previews between', async () => {
    const body = JSON.stringify({ workflow: draw({ ms: 600, steps: 3, salt: 31 }) })
    const submitted = await fetch(`${server.url}/api/v2/jobs`, { method: 'POST', body })
    const { urls } = await submitted.json()
    const text = await (await fetch(server.url + urls.events)).text()
    const events = [...text.matchAll(/event: (\w+)\ndata: (.*)/g)].map(([, type, data]) => ({
      type,
      data: JSON.parse(data ?? ''),
    }))
    const types = events.map(({ type }) => type)
    expect(types[0]).toBe('status')
    expect(types).toEqual(expect.arrayContaining(['progress', 'preview', 'output']))
    expect(events.at(-1)).toMatchObject({ type: 'status', data: { status: 'succeeded' } })
    expect(events.find(({ type }) => type === 'output')?.data).toMatchObject({
      node_id: '9',
      content_type: 'image/png',
    })
    const again = await (await fetch(server.url + urls.events)).text()
    expect(again.match(/event: \w+/g)).toEqual(['event: status', 'event: output', 'event: status'])
  })
})
