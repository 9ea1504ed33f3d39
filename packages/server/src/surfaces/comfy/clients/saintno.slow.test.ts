import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { JsonObject } from '@patchbay/engine/workflow'
import { pngOf } from '../../../testing/png.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

// What the npm package @saintno/comfyui-sdk 0.3 sends and reads, replayed: it brings some two hundred packages along.
// It labels JSON as text/plain, listens only once POST /prompt has answered, and takes a socket that is silent for ten
// seconds to be dead.

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ builtInNodes: true })
  await fetch(`${server.url}/object_info`)
}, 120_000)
afterAll(() => server.close())

const call = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(server.url + path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'text/plain;charset=UTF-8' } }),
  })
  return { status: response.status, json: () => response.json() as Promise<JsonObject>, response }
}
const draw = (salt: unknown) => ({
  a: { class_type: 'TestWait', inputs: { ms: 0, steps: '2', stubborn: false, salt } },
  '9': { class_type: 'TestPicture', inputs: { after: ['a', 0], width: 8, height: 8, prefix: 'saintno' } },
})

test('@saintno/comfyui-sdk is ready after its probes: the queue, the system, and a class that nobody has', async () => {
  expect(await (await call('GET', '/prompt')).json()).toHaveProperty('exec_info.queue_remaining')
  expect(await (await call('GET', '/system_stats')).json()).toHaveProperty('system.os', 'linux')
  expect(await (await call('GET', '/object_info/Primitive%20boolean%20%5BCrystools%5D')).json()).toEqual({})
  expect((await call('GET', '/manager/version')).status).toBe(404)
  expect((await call('PATCH', '/internal/logs/subscribe', { clientId: randomUUID(), enabled: true })).status).toBe(200)
})

test('@saintno/comfyui-sdk finds every run of a prompt in the queue or the history, and its output in a message', async () => {
  const id = randomUUID()
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?clientId=${id}`)
  const heard: { type: string; data: JsonObject }[] = []
  await new Promise((resolve) => socket.on('open', resolve))
  for (const salt of ['7', 7, 8]) {
    const posted = await call('POST', '/prompt', { client_id: id, prompt: draw(salt), extra_data: {} })
    expect(posted.status).toBe(200)
    const { prompt_id: job } = await posted.json()
    // From here on it listens.
    const listen = (data: Buffer) => void heard.push(JSON.parse(data.toString()) as (typeof heard)[number])
    socket.on('message', listen)
    const done = () => heard.some(({ type, data }) => type === 'execution_success' && data['prompt_id'] === job)
    while (!done()) {
      const [queue, history] = [
        await (await call('GET', '/queue')).json(),
        await (await call('GET', `/history/${String(job)}`)).json(),
      ]
      const queued = [...(queue['queue_running'] as unknown[][]), ...(queue['queue_pending'] as unknown[][])]
      // In the one or the other at every moment: the history is asked after the queue.
      expect([...queued.map((item) => item[1]), ...Object.keys(history)]).toContain(job)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const output = heard.find(({ type, data }) => type === 'executed' && data['prompt_id'] === job)?.data['output']
    const { images } = output as { images: Record<string, string>[] }
    const picture = await fetch(`${server.url}/view?${String(new URLSearchParams(images[0]))}`)
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
    socket.off('message', listen)
  }
  socket.close()
})

test('@saintno/comfyui-sdk never waits ten seconds for a word, also while a node says nothing', async () => {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?clientId=${randomUUID()}`)
  let words = 0
  socket.on('message', () => void (words += 1))
  await new Promise((resolve) => setTimeout(resolve, 9_000))
  socket.close()
  // The first greets; the others come by themselves.
  expect(words).toBeGreaterThan(2)
}, 240_000)

test('@saintno/comfyui-sdk reads the log, and hears its lines once it has asked for them', async () => {
  const id = randomUUID()
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?clientId=${id}`)
  await new Promise((resolve) => socket.on('open', resolve))
  const line = new Promise<JsonObject>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string; data: JsonObject }
      if (message.type === 'logs') resolve(message.data)
    })
  })
  expect((await call('PATCH', '/internal/logs/subscribe', { clientId: id, enabled: true })).status).toBe(200)
  expect((await call('PATCH', '/internal/logs/subscribe', { enabled: 'yes' })).status).toBe(400)
  await call('POST', '/prompt', { client_id: id, prompt: draw(99) })
  expect(await line).toMatchObject({ entries: [{ m: expect.stringMatching(/^\[info\] .*\n$/) }], size: { cols: 120 } })
  socket.close()
  const { entries } = (await (await call('GET', '/internal/logs/raw')).json()) as {
    entries: { t: string; m: string }[]
  }
  expect(entries.some(({ m }) => m.includes('job ended'))).toBe(true)
  expect(String(await (await call('GET', '/internal/logs')).json())).toContain('job ended')
  expect(JSON.stringify(entries)).not.toContain(server.directory)
})

test('@saintno/comfyui-sdk uploads, masks, frees, interrupts and keeps settings, all as text/plain', async () => {
  const form = new FormData()
  form.set('image', new Blob([new Uint8Array(pngOf(4, 4, [9, 9, 9]))]), 'saintno.png')
  form.set('subfolder', '')
  form.set('overwrite', 'true')
  expect(await (await fetch(`${server.url}/upload/image`, { method: 'POST', body: form })).json()).toMatchObject({
    name: 'saintno.png',
  })
  form.set('original_ref', JSON.stringify({ filename: 'saintno.png', subfolder: '', type: 'input' }))
  expect((await fetch(`${server.url}/upload/mask`, { method: 'POST', body: form })).status).toBe(200)
  const listed = (await (await call('GET', '/object_info/LoadImage')).json()) as {
    LoadImage: { input: { required: { image: string[][] } } }
  }
  expect(listed.LoadImage.input.required.image[0]).toContain('saintno.png')
  for (const [path, body] of [
    ['/free', { unload_models: true, free_memory: true }],
    ['/settings/x', 1],
    ['/settings', { a: 'b' }],
    ['/queue', { delete: ['x'] }],
    ['/history', { clear: true }],
  ] as const) {
    expect((await call('POST', path, body)).status, path).toBe(200)
  }
  expect(await (await fetch(`${server.url}/interrupt`, { method: 'POST' })).json()).toEqual({})
  expect(await (await call('GET', '/settings')).json()).toMatchObject({ x: 1, a: 'b' })
})

test('@saintno/comfyui-sdk reads models, templates, features and a list of its files', async () => {
  expect((await call('POST', '/userdata/u%2Ff.json?overwrite=true&full_info=true', { a: 1 })).status).toBe(200)
  expect(await (await call('GET', '/userdata?dir=u&recurse=true&split=false&full_info=true')).json()).toMatchObject([
    { path: 'f.json', size: 7 },
  ])
  expect(await (await call('GET', '/v2/userdata?path=u')).json()).toMatchObject([{ name: 'f.json', type: 'file' }])
  expect((await call('POST', '/userdata/u%2Ff.json/move/u%2Fg.json?overwrite=true')).status).toBe(200)
  expect((await call('DELETE', '/userdata/u%2Fg.json')).status).toBe(204)
  expect(await (await call('GET', '/features')).json()).toMatchObject({ supports_preview_metadata: true })
  expect(await (await call('GET', '/models/checkpoints')).json()).toEqual(['patchbay-mini'])
  // What ships lies in the second place, behind the user's own folder.
  expect(await (await call('GET', '/experiment/models/checkpoints')).json()).toMatchObject([{ pathIndex: 1 }])
  expect(await (await call('GET', '/workflow_templates')).json()).toEqual({})
  expect((await call('GET', '/view_metadata/checkpoints?filename=none.safetensors')).status).toBe(404)
})
