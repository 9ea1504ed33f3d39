import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '@patchbay/engine/workflow'
import { pngOf } from '../../../testing/png.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

// What the npm package comfyui-mcp sends, replayed: it needs a later Node. It polls the history, reads back what it
// uploads, and looks at the bytes of pictures.

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ builtInNodes: true })
  await fetch(`${server.url}/object_info`)
}, 120_000)
afterAll(() => server.close())
const get = async (path: string) => (await fetch(`${server.url}/api${path}`)).json() as Promise<JsonObject>

test('comfyui-mcp follows a job by its history alone: messages with times, then pictures whose bytes are what is said', async () => {
  const prompt = {
    '1': { class_type: 'TestWait', inputs: { ms: 0, steps: 1, stubborn: false, salt: 1 } },
    '9': { class_type: 'TestPicture', inputs: { after: ['1', 0], width: 8, height: 8, prefix: 'mcp' } },
  }
  const posted = await fetch(`${server.url}/api/prompt?clientId=mcp`, {
    method: 'POST',
    body: JSON.stringify({ prompt, client_id: 'mcp' }),
  })
  const { prompt_id: id } = (await posted.json()) as { prompt_id: string }
  let entry: JsonObject | undefined
  while (!entry) entry = (await get('/history?max_items=5'))[id] as JsonObject | undefined
  const { messages } = entry['status'] as { messages: [string, { timestamp: number }][] }
  expect(messages.map(([type]) => type)).toEqual(['execution_start', 'execution_cached', 'execution_success'])
  expect(messages.every(([, { timestamp }]) => timestamp > 1e12)).toBe(true)
  const { images } = (entry['outputs'] as { [node: string]: { images: Record<string, string>[] } })['9']!
  const view = await fetch(`${server.url}/api/view?clientId=mcp&${String(new URLSearchParams(images[0]))}`)
  expect([
    view.headers.get('content-type'),
    Buffer.from(await view.arrayBuffer())
      .subarray(1, 4)
      .toString(),
  ]).toEqual(['image/png', 'PNG'])
})

test('comfyui-mcp finds what it uploaded among the choices of LoadImage', async () => {
  const form = new FormData()
  form.set('image', new Blob([new Uint8Array(pngOf(2, 2, [1, 2, 3]))]), 'mcp.png')
  await fetch(`${server.url}/api/upload/image?clientId=mcp`, { method: 'POST', body: form })
  const info = (await get('/object_info')) as { [name: string]: { input: { required: { image: unknown[][] } } } }
  expect(info['LoadImage']?.input.required.image[0]).toContain('mcp.png')
})

test.each(
  'checkpoints loras vae upscale_models controlnet embeddings clip diffusers diffusion_models gligen hypernetworks photomaker style_models text_encoders unet'.split(
    ' ',
  ),
)('comfyui-mcp lists the models of %s', async (folder) => {
  const response = await fetch(`${server.url}/api/models/${folder}`)
  expect([response.status, Array.isArray(await response.json())]).toEqual([200, true])
})

test('comfyui-mcp keeps and lists workflows as user files, and reads the log', async () => {
  const file = `${server.url}/api/userdata/workflows%2Fmcp.json`
  expect((await fetch(`${file}?overwrite=true`, { method: 'POST', body: '{}' })).status).toBe(200)
  expect(await get('/userdata?dir=workflows&recurse=true&split=false&full_info=false')).toEqual(['mcp.json'])
  const { entries } = (await (await fetch(`${server.url}/internal/logs/raw`)).json()) as {
    entries: { t: string; m: string }[]
  }
  expect(entries.length).toBeGreaterThan(0)
})

test('comfyui-mcp is told of every node that it composes workflows of and that runs here', async () => {
  const info = await get('/object_info')
  const composed =
    'CheckpointLoaderSimple CLIPTextEncode EmptyLatentImage KSampler VAEDecode VAEEncode SaveImage LoadImage LoraLoader LoraLoaderModelOnly ControlNetLoader ControlNetApplyAdvanced UpscaleModelLoader ImageUpscaleWithModel ImageScaleBy SetLatentNoiseMask UNETLoader CLIPLoader DualCLIPLoader VAELoader KSamplerSelect SamplerCustomAdvanced RandomNoise CFGGuider ConditioningZeroOut'
  expect(Object.keys(info)).toEqual(expect.arrayContaining(composed.split(' ')))
  for (const entry of Object.values(info) as { [key: string]: unknown }[]) {
    expect(entry).toMatchObject({
      output: expect.any(Array),
      description: expect.any(String),
      output_node: expect.any(Boolean),
    })
  }
})
