import { Client, Workflow } from '@stable-canvas/comfyui-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { JsonObject } from '@patchbay/engine/workflow'
import { withPngTexts } from '@patchbay/nodes/picture-texts'
import { pngOf } from '../../testing/png.ts'
import { type TestServer, startTestServer } from '../../testing/test-server.ts'

/** One pixel, half transparent. */
const pngWithAlpha = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4//9/AwAJfAN+TrsbXQAAAABJRU5ErkJggg==',
  'base64',
)

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
const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${server.url}${path}`, { method: 'POST', body: JSON.stringify(body), headers })
  return { status: response.status, body: await response.json() }
}
const get = async (path: string) => (await fetch(`${server.url}${path}`)).json()
async function historyOf(id: string): Promise<JsonObject> {
  for (;;) {
    const history = await get(`/history/${id}`)
    if (history[id]) return history[id]
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A socket of ComfyUI's kind, and what came over it. */
async function listen(clientId: string, features?: JsonObject) {
  const messages: { type: string; data: JsonObject }[] = []
  const frames: Buffer[] = []
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?clientId=${clientId}`)
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) frames.push(data)
    else messages.push(JSON.parse(data.toString()))
  })
  await new Promise((resolve) => socket.on('open', resolve))
  if (features) socket.send(JSON.stringify({ type: 'feature_flags', data: features }))
  const until = async (type: string, holds: (data: JsonObject) => boolean = () => true) => {
    while (!messages.some((message) => message.type === type && holds(message.data))) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { messages, frames, until, close: () => socket.close() }
}

describe('an unmodified npm client', () => {
  test('connects, runs a workflow, and gets its picture', async () => {
    const client = new Client({ api_host: server.url.replace('http://', ''), WebSocket: WebSocket as never, fetch })
    await client.connect()
    const workflow = new Workflow()
    const { TestWait, TestPicture } = workflow.classes as Record<string, (inputs: object) => unknown[]>
    const [value] = TestWait!({ ms: 5, steps: 1, stubborn: false, salt: 1 }) as [unknown]
    TestPicture!({ after: value, width: 8, height: 8, prefix: 'client' })
    const result = await workflow.invoke(client)
    expect(result.images).toHaveLength(1)
    const image = result.images[0] as { data: string }
    const picture = await fetch(image.data)
    expect(picture.headers.get('content-type')).toBe('image/png')
    client.close()
  })
})

describe('POST /prompt', () => {
  test('answers with an id whose history holds the outputs, whatever the body is labelled', async () => {
    const sent = await post('/api/prompt', { prompt: draw() }, { 'content-type': 'text/plain;charset=UTF-8' })
    expect(sent).toMatchObject({ status: 200, body: { node_errors: {} } })
    const entry = await historyOf(sent.body.prompt_id)
    expect(entry).toMatchObject({
      outputs: {
        '9': { images: [{ filename: expect.stringMatching(/^pic_\d{5}_\.png$/), subfolder: 'sub', type: 'output' }] },
      },
      status: { status_str: 'success', completed: true },
    })
  })

  test('gives 64-bit seeds back exactly', async () => {
    const body = JSON.stringify({ prompt: draw() }).replace('"salt":0', '"salt":0,"extra":18446744073709551615')
    const { prompt_id: id } = await (await fetch(`${server.url}/prompt`, { method: 'POST', body })).json()
    await historyOf(id)
    expect(await (await fetch(`${server.url}/history/${id}`)).text()).toContain('"extra":18446744073709551615')
  })

  test.each([
    ['no_prompt', {}],
    ['invalid_prompt_id', { prompt: draw(), prompt_id: 'NOT-A-UUID' }],
    ['missing_node_type', { prompt: { '1': { class_type: 'Nope', inputs: {} } } }],
    ['prompt_no_outputs', { prompt: { '1': { class_type: 'TestWait', inputs: {} } } }],
  ])('refuses with %s', async (type, body) => {
    expect(await post('/prompt', body)).toMatchObject({ status: 400, body: { error: { type }, node_errors: {} } })
  })

  test.each([
    [
      'required_input_missing',
      { '9': { class_type: 'TestPicture', inputs: { width: 8, height: 8, prefix: 'p' } } },
      '9',
    ],
    ['value_bigger_than_max', draw({ ms: 99_999_999 }), 'a/1'],
    ['value_smaller_than_min', draw({ steps: '0' }), 'a/1'],
    ['invalid_input_type', draw({ ms: 'soon' }), 'a/1'],
    ['bad_linked_input', draw({ ms: ['a/1'] }), 'a/1'],
    ['dependency_cycle', draw({ ms: ['a/1', 0] }), 'a/1'],
    ['exception_during_inner_validation', draw({ ms: ['77', 0] }), 'a/1'],
  ])('reports %s at its node', async (type, prompt, node) => {
    const { status, body } = await post('/prompt', { prompt })
    expect(status).toBe(400)
    expect(body.error.type).toBe('prompt_outputs_failed_validation')
    expect(body.node_errors[node].errors[0].type).toBe(type)
    expect(body.node_errors[node].dependent_outputs).toEqual(['9'])
  })

  test('runs the outputs that are right, and reports the others', async () => {
    const prompt = { ...draw(), '10': { class_type: 'TestKeep', inputs: {} } }
    const { status, body } = await post('/prompt', { prompt })
    expect([status, Object.keys(body.node_errors)]).toEqual([200, ['10']])
    expect(Object.keys((await historyOf(body.prompt_id))['outputs'] as object)).toEqual(['9'])
  })

  test('takes what the editor saves, too: reroutes, bypassed nodes and widgets by position', async () => {
    const node = (id: number, type: string, more: object) => ({
      id,
      type,
      mode: 0,
      pos: [0, 0],
      inputs: [],
      outputs: [],
      ...more,
    })
    const int = [{ name: 'value', type: 'INT' }]
    const workflow = {
      version: 0.4,
      nodes: [
        node(1, 'TestWait', { outputs: int, widgets_values: [3, 1, false, 41] }),
        node(2, 'Reroute', { inputs: [{ name: '', type: '*', link: 1 }], outputs: [{ name: '', type: 'INT' }] }),
        node(3, 'TestKeep', { mode: 2, inputs: [{ name: 'value', type: 'INT', link: 3 }] }),
        node(4, 'TestKeep', { inputs: [{ name: 'value', type: 'INT', link: 2 }] }),
      ],
      links: [
        [1, 1, 0, 2, 0, 'INT'],
        [2, 2, 0, 4, 0, 'INT'],
        [3, 2, 0, 3, 0, 'INT'],
      ],
    }
    const { body } = await post('/prompt', { prompt: workflow })
    expect(await historyOf(body.prompt_id)).toMatchObject({ outputs: { '4': { text: ['41'] } } })
  })
})

describe('the socket', () => {
  test('tells a run in the order that clients rely on, history written before the end', async () => {
    const { messages, until, close } = await listen('order')
    const { body } = await post('/prompt', { prompt: draw({ salt: 3 }), client_id: 'order' })
    await until('executing', ({ node }) => node === null)
    const entry = await get(`/history/${body.prompt_id}`)
    close()
    const own = messages.filter(({ data }) => data['prompt_id'] === body.prompt_id)
    const types = own.filter(({ type }) => type !== 'progress').map(({ type }) => type)
    expect(types).toEqual([
      'execution_start',
      'execution_cached',
      ...['progress_state', 'executing', 'progress_state', 'progress_state'],
      ...['progress_state', 'executing', 'executed', 'progress_state'],
      'execution_success',
      'executing',
    ])
    expect(messages[0]).toMatchObject({ type: 'status', data: { sid: 'order', status: { exec_info: {} } } })
    expect(entry[body.prompt_id].status.completed).toBe(true)
  })

  test('starts only once the answer has been read, so that fast runs are not missed', async () => {
    for (let run = 0; run < 15; run++) {
      const { messages, until, close } = await listen(`race-${run}`)
      await post('/prompt', { prompt: draw(), client_id: `race-${run}` })
      const before = messages.filter(({ type }) => type.startsWith('exec')).length
      expect(before).toBe(0)
      await until('executing', ({ node }) => node === null)
      close()
    }
  })

  test('sends no previews unless asked, and then with their node where the client can read it', async () => {
    const plain = await listen('plain')
    const rich = await listen('rich', { supports_preview_metadata: true })
    const asking = { extra_data: { preview_method: 'auto' } }
    await post('/prompt', { prompt: draw({ salt: 11 }), client_id: 'plain' })
    await plain.until('executing', ({ node }) => node === null)
    expect(plain.frames).toHaveLength(0)
    await post('/prompt', { prompt: draw({ salt: 12 }), client_id: 'plain', ...asking })
    await post('/prompt', { prompt: draw({ salt: 13 }), client_id: 'rich', ...asking })
    await rich.until('execution_success')
    expect([plain.frames[0]?.readUInt32BE(0), plain.frames[0]?.readUInt32BE(4)]).toEqual([1, 2])
    const frame = rich.frames[0]!
    const json = JSON.parse(frame.subarray(8, 8 + frame.readUInt32BE(4)).toString())
    expect([frame.readUInt32BE(0), json.node_id, json.image_type]).toEqual([4, '9', 'image/png'])
    plain.close()
    rich.close()
  })

  test('tells an error with its node and inputs, and an interrupt', async () => {
    const { messages, until, close } = await listen('bad')
    const failing = {
      '1': { class_type: 'TestCrash', inputs: { how: 'throw', salt: 5 } },
      '2': { class_type: 'TestKeep', inputs: { value: ['1', 0] } },
    }
    const { body } = await post('/prompt', { prompt: failing, client_id: 'bad' })
    await until('execution_error')
    expect(messages.find(({ type }) => type === 'execution_error')?.data).toMatchObject({
      node_id: '1',
      node_type: 'TestCrash',
      prompt_id: body.prompt_id,
      current_inputs: { how: ['throw'] },
    })
    await post('/prompt', { prompt: draw({ ms: 60_000, salt: 6 }), client_id: 'bad' })
    await until('executing', ({ node }) => node === 'a/1')
    expect(await post('/interrupt', {})).toEqual({ status: 200, body: {} })
    await until('execution_interrupted')
    close()
  })
})

describe('files', () => {
  const upload = async (bytes: Uint8Array, name: string, fields: Record<string, string> = {}) => {
    const form = new FormData()
    form.set('image', new Blob([new Uint8Array(bytes)]), name)
    for (const [field, value] of Object.entries(fields)) form.set(field, value)
    const response = await fetch(`${server.url}/upload/image`, { method: 'POST', body: form })
    return { status: response.status, body: await response.json() }
  }
  const picture = async () => {
    const { body } = await post('/prompt', { prompt: draw() })
    const entry = await historyOf(body.prompt_id)
    const { images } = (entry['outputs'] as Record<string, { images: Record<string, string>[] }>)['9']!
    const bytes = await (await fetch(`${server.url}/view?${new URLSearchParams(images[0])}`)).arrayBuffer()
    return new Uint8Array(bytes)
  }

  test('an upload is seen again under its name; the same name with other content gets a number', async () => {
    const bytes = await picture()
    const other = Uint8Array.of(...bytes, 0)
    expect((await upload(bytes, 'in.png')).body).toEqual({ name: 'in.png', subfolder: '', type: 'input' })
    expect((await upload(bytes, 'in.png')).body.name).toBe('in.png')
    expect((await upload(other, 'in.png')).body.name).toBe('in (1).png')
    const view = await fetch(`${server.url}/api/view?filename=in.png&type=input`)
    expect(new Uint8Array(await view.arrayBuffer())).toEqual(bytes)
    const webp = await fetch(`${server.url}/view?filename=in.png%20%5Binput%5D&preview=webp;50`)
    expect(webp.headers.get('content-type')).toBe('image/webp')
  })

  test.each([
    ['../evil.png', {}],
    ['x.png', { subfolder: '../..' }],
    ['x.png', { subfolder: '/etc' }],
    ['x.png', { type: 'models' }],
  ])('%s with %j never leaves its folder', async (name, fields) => {
    expect((await upload(await picture(), name, fields)).status).toBe(400)
  })

  test('a mask is kept as the transparency of the picture it was painted over, whose texts stay', async () => {
    const original = Buffer.from(await withPngTexts(pngOf(4, 2, [200, 100, 50]), { prompt: '{"1":{}}' }))
    const { body: kept } = await upload(original, 'original.png')
    const form = new FormData()
    form.set('image', new Blob([new Uint8Array(pngWithAlpha)]), 'mask.png')
    form.set('original_ref', JSON.stringify({ filename: kept.name, type: 'input' }))
    const answer = await fetch(`${server.url}/upload/mask`, { method: 'POST', body: form })
    expect(answer.status).toBe(200)
    const { name } = await answer.json()
    const bytes = Buffer.from(await (await fetch(`${server.url}/view?filename=${name}&type=input`)).arrayBuffer())
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[25]]).toEqual([4, 2, 6])
    expect(bytes.includes('prompt\0{"1":{}}')).toBe(true)
    const alpha = await fetch(`${server.url}/view?filename=${name}&type=input&channel=a`)
    expect(Buffer.from(await alpha.arrayBuffer())[25]).toBe(6)
  })

  test('a page that calls itself a picture is refused', async () => {
    const page = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
    expect((await upload(page, 'x.png')).status).toBe(415)
  })

  test('user files keep what they are given, encoded slashes and all', async () => {
    const address = `${server.url}/api/userdata/workflows%2Fmine.json`
    expect(await (await fetch(address, { method: 'POST', body: '{"a":1}' })).json()).toBe('workflows/mine.json')
    const back = await fetch(address)
    expect([await back.text(), back.headers.get('content-disposition')]).toEqual(['{"a":1}', 'attachment'])
    expect(await get('/userdata?dir=workflows')).toEqual(['mine.json'])
    expect((await fetch(`${address}?overwrite=false`, { method: 'POST', body: '' })).status).toBe(409)
    expect((await fetch(address, { method: 'DELETE' })).status).toBe(204)
    expect((await fetch(`${server.url}/userdata/..%2F..%2Fserver.pid`)).status).toBe(403)
  })
})

describe('what a prompt keeps', () => {
  test('is how it was written: floats, large integers, texts of digits, and nodes in their order', async () => {
    const body = `{"extra_data":{"extra_pnginfo":{"workflow":{"b":1.0,"9":1,"seed":18446744073709551615}}},
      "prompt":{"9":{"class_type":"TestPicture","inputs":{"after":["3",0],"width":8,"height":8,"prefix":"18446744073709551615","note":5.0}},
      "3":{"class_type":"TestWait","inputs":{"ms":0,"steps":"1","stubborn":false,"salt":7.0,"extra":18446744073709551615}}}}`
    const { prompt_id: id } = await (await fetch(`${server.url}/prompt`, { method: 'POST', body })).json()
    await historyOf(id)
    const text = await (await fetch(`${server.url}/history/${id}`)).text()
    expect(text).toContain(
      '{"9":{"class_type":"TestPicture","inputs":{"after":["3",0],"width":8,"height":8,"prefix":"18446744073709551615","note":5.0}},' +
        '"3":{"class_type":"TestWait","inputs":{"ms":0,"steps":1,"stubborn":false,"salt":7,"extra":18446744073709551615}}}',
    )
  })
})

describe('what there is', () => {
  test('object_info says what a node takes and gives; an unknown one is an empty object', async () => {
    expect(await get('/object_info/Primitive%20boolean%20%5BCrystools%5D')).toEqual({})
    const { TestCrash } = await get('/object_info/TestCrash')
    expect(TestCrash).toMatchObject({
      input: {
        required: { how: [['throw', 'exit', 'abort', 'kill', 'hang', 'garble'], { default: 'throw' }] },
      },
      output: ['INT'],
      output_node: false,
    })
  })

  test('a class says whose it is: ours and those of packs as packs, so that none is taken for another', async () => {
    const { TestCrash } = await get('/object_info/TestCrash')
    expect(TestCrash.python_module).toBe('custom_nodes.patchbay-test-nodes')
  })

  test.each(['/system_stats', '/features', '/queue', '/prompt', '/embeddings', '/models', '/extensions', '/settings'])(
    '%s answers, under /api as well',
    async (path) => {
      const [plain, prefixed] = await Promise.all([fetch(server.url + path), fetch(`${server.url}/api${path}`)])
      expect([plain.status, prefixed.status]).toEqual([200, 200])
    },
  )

  test.each(['status=done', 'sort_by=name', 'sort_order=up', 'limit=0', 'limit=x', 'offset=-1'])(
    'jobs asked for with %s are refused in words',
    async (query) => {
      const response = await fetch(`${server.url}/api/jobs?${query}`)
      expect([response.status, typeof (await response.json()).error]).toEqual([400, 'string'])
    },
  )

  test('an unknown route is JSON too', async () => {
    const response = await fetch(`${server.url}/api/nothing`)
    expect([response.status, typeof (await response.json()).error]).toEqual([404, 'object'])
  })
})
