import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { pngOf } from '../../../testing/png.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ builtInNodes: true })
})
afterAll(() => server.close())

const json = { 'content-type': 'application/json' }
const put = (path: string, body: Buffer) =>
  fetch(`${server.url}/api/etn/${path}`, { method: 'PUT', body: new Uint8Array(body) })
const get = (path: string) => fetch(`${server.url}/api/etn/${path}`)
const post = (path: string, body: object) =>
  fetch(server.url + path, { method: 'POST', headers: json, body: JSON.stringify(body) })
const timeout = 60_000

/** The messages of a prompt to its end. */
async function run(prompt: object, clientId = 'krita') {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?clientId=${clientId}`)
  const messages: { type: string; data: { node?: string | null; output?: Record<string, unknown[]> } }[] = []
  const ended = new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', (bytes, isBinary) => {
      if (isBinary) return
      const message = JSON.parse(String(bytes)) as (typeof messages)[number]
      messages.push(message)
      if (message.type === 'executing' && message.data.node === null) resolve()
    })
  })
  await new Promise((resolve) => socket.on('open', resolve))
  const answer = await post('/prompt', { prompt, client_id: clientId })
  if (answer.status !== 200) throw new Error(JSON.stringify(await answer.json()))
  await ended
  socket.close()
  return messages
}

test('every class that Krita AI Diffusion asks for before it connects is there', async () => {
  const classes = await (await fetch(`${server.url}/object_info`)).json()
  for (const name of `InpaintPreprocessor DepthAnythingV2Preprocessor IPAdapterModelLoader IPAdapter ETN_LoadImageCache
    ETN_SaveImageCache ETN_Translate INPAINT_LoadFooocusInpaint INPAINT_ShrinkMask INPAINT_StabilizeMask
    INPAINT_ColorMatch`.split(/\s+/)) {
    expect(Object.keys(classes)).toContain(name)
  }
})

test(
  'a picture is sent by a name, used in a prompt, and what is made is fetched by its name',
  { timeout },
  async () => {
    const red = pngOf(16, 8, [200, 10, 10])
    expect([(await put('image/0a1b2c3d', red)).status, (await put('image/0a1b2c3d', red)).status]).toEqual([201, 200])
    const prompt = {
      '1': { class_type: 'ETN_LoadImageCache', inputs: { id: '0a1b2c3d' } },
      '2': {
        class_type: 'ImageScale',
        inputs: { image: ['1', 0], upscale_method: 'bilinear', width: 32, height: 16, crop: 'disabled' },
      },
      '3': { class_type: 'ETN_SaveImageCache', inputs: { images: ['2', 0], format: 'PNG' } },
    }
    // The second run is remembered, and brings its picture all the same.
    for (const time of ['first', 'second']) {
      const done = (await run(prompt)).find(({ type, data }) => type === 'executed' && data.node === '3')
      const [image] = done?.data.output?.['images'] as [{ source: string; id: string; 'content-type': string }]
      expect([time, image.source, image['content-type']]).toEqual([time, 'http', 'image/png'])
      const fetched = await get(`image/${image.id}`)
      expect(fetched.headers.get('content-type')).toBe('image/png')
      const { width, height } = await sharp(Buffer.from(await fetched.arrayBuffer())).metadata()
      expect([width, height]).toEqual([32, 16])
    }
    const listed = await (await fetch(`${server.url}/object_info/LoadImage`)).json()
    expect(JSON.stringify(listed)).not.toContain('0a1b2c3d')
  },
)

test('a mask is how light a grey picture is, shrunk, softened and stabilised', { timeout }, async () => {
  const mask = await sharp({ create: { width: 32, height: 32, channels: 3, background: 'black' } })
    .composite([{ input: { create: { width: 16, height: 32, channels: 3, background: 'white' } }, left: 0, top: 0 }])
    .greyscale()
    .png()
    .toBuffer()
  await put('image/mask1', mask)
  const prompt = {
    '1': { class_type: 'ETN_LoadImageCache', inputs: { id: 'mask1' } },
    '2': { class_type: 'INPAINT_ShrinkMask', inputs: { mask: ['1', 1], shrink: 4, blur: 0, blur_type: 'gaussian' } },
    '3': { class_type: 'INPAINT_StabilizeMask', inputs: { mask: ['2', 0], epsilon: 0.01 } },
    '4': { class_type: 'MaskToImage', inputs: { mask: ['3', 0] } },
    '5': { class_type: 'ETN_SaveImageCache', inputs: { images: ['4', 0], format: 'PNG' } },
  }
  const done = (await run(prompt)).find(({ type, data }) => type === 'executed' && data.node === '5')
  const [image] = done?.data.output?.['images'] as [{ id: string }]
  const pixels = await sharp(Buffer.from(await (await get(`image/${image.id}`)).arrayBuffer()))
    .greyscale()
    .raw()
    .toBuffer()
  expect([pixels[16 * 32 + 8], pixels[16 * 32 + 14], pixels[16 * 32 + 20]]).toEqual([255, 0, 0])
})

test('what is no picture, leaves its folder or was never sent is refused', async () => {
  expect((await put('image/x', Buffer.from('no picture'))).status).toBe(415)
  expect((await put('image/..%2Fx', pngOf(1, 1, [0, 0, 0]))).status).toBe(400)
  expect((await get('image/ffffffff')).status).toBe(404)
  expect((await put('upload/loras/x.exe', Buffer.from('x'))).status).toBe(415)
  expect((await put('upload/loras/..%2Fx.safetensors', Buffer.from('x'))).status).toBe(403)
})

test('a LoRA is uploaded under its name', async () => {
  const weights = Buffer.from('weights')
  expect((await put('upload/loras/my.safetensors', weights)).status).toBe(201)
  expect((await put('upload/loras/my.safetensors', weights)).status).toBe(200)
  expect((await put('upload/loras/my.safetensors', Buffer.from('others'))).status).toBe(409)
  await access(join(server.directory, 'models', 'loras', 'my.safetensors'))
  const { LoraLoader } = await (await fetch(`${server.url}/object_info/LoraLoader`)).json()
  expect(JSON.stringify(LoraLoader.input.required.lora_name)).toContain('my.safetensors')
})

test('a class that needs what is not here says so when it is used', async () => {
  const folder = join(server.directory, 'models', 'ipadapter')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'ip.safetensors'), 'x')
  const prompt = {
    '1': { class_type: 'DepthAnythingV2Preprocessor', inputs: { image: ['2', 0] } },
    '2': { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color: 0 } },
    '3': { class_type: 'ETN_SaveImageCache', inputs: { images: ['1', 0], format: 'PNG' } },
  }
  const answer = await post('/prompt', { prompt })
  expect(answer.status).toBe(400)
  expect((await answer.json()).node_errors['1'].errors[0]).toMatchObject({
    message: 'DepthAnythingV2Preprocessor cannot run here',
    details: expect.stringContaining('Depth Anything'),
  })
})

test('models are told page by page, and workflows are shared by those that ask for them', async () => {
  const info = await (await get('model_info/checkpoints?offset=0&limit=8')).json()
  expect(info['patchbay-mini']).toMatchObject({ is_inpaint: false, is_refiner: false })
  expect(info._meta).toMatchObject({ offset: 0, count: info._meta.total })
  expect((await get('model_info/nothing')).status).toBe(404)
  expect(await (await get('languages')).json()).toEqual([])
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?clientId=listener`)
  await new Promise((resolve) => socket.on('open', resolve))
  const heard = new Promise<string>((resolve) => {
    socket.on('message', (bytes) => {
      if (String(bytes).includes('etn_workflow_published')) resolve(String(bytes))
    })
  })
  expect((await post('/api/etn/workflow/subscribe', { client_id: 'listener' })).status).toBe(200)
  await post('/api/etn/workflow/publish', { client_id: 'other', name: 'Web', workflow: { '1': {} } })
  expect(JSON.parse(await heard).data).toEqual({ publisher: { name: 'Web', id: 'other' }, workflow: { '1': {} } })
  socket.close()
})
