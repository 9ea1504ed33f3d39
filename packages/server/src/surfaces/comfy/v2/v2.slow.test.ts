import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '@patchbay/engine/workflow'
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
    const picture = await fetch(server.url + job.outputs[0].url, { headers: { range: 'bytes=1-3' } })
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
