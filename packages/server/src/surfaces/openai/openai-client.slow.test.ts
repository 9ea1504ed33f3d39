import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pngOf } from '../../testing/png.ts'
import { type TestServer, startTestServer } from '../../testing/test-server.ts'

// OpenAI's own npm package, unmodified, with another base address.

let server: TestServer
let client: OpenAI
beforeAll(async () => {
  server = await startTestServer({ builtInNodes: true, ownerToken: 'secret' })
  client = new OpenAI({ apiKey: 'secret', baseURL: `${server.url}/v1`, maxRetries: 0 })
})
afterAll(() => server.close())

const apple = { prompt: 'a red apple', model: 'patchbay-mini', size: '64x64' } as never as { prompt: string }
const bytesOf = ({ b64_json: text = '' }: { b64_json?: string } = {}) => Buffer.from(text, 'base64')
const picture = () => toFile(Buffer.from(pngOf(64, 64, [200, 30, 30])), 'apple.png', { type: 'image/png' })
const isPng = (bytes: Buffer) => bytes.toString('latin1', 1, 4) === 'PNG'

test('lists the checkpoints as models, and shows one', async () => {
  expect((await client.models.list()).data.map(({ id }) => id)).toContain('patchbay-mini')
  expect(await client.models.retrieve('patchbay-mini')).toMatchObject({ id: 'patchbay-mini', object: 'model' })
  await expect(client.models.retrieve('nothing')).rejects.toMatchObject({ status: 404, code: 'not-found' })
})

test('makes several pictures, in the format that is asked for', { timeout: 120_000 }, async () => {
  const pngs = await client.images.generate({ ...apple, n: 2 })
  expect(pngs.data?.map((one) => isPng(bytesOf(one)))).toEqual([true, true])
  const webp = await client.images.generate({ ...apple, output_format: 'webp' })
  expect(bytesOf(webp.data?.[0]).toString('latin1', 8, 12)).toBe('WEBP')
})

test('gives an address where that is asked for', { timeout: 120_000 }, async () => {
  const { data } = await client.images.generate({ ...apple, response_format: 'url' })
  const seen = await fetch(String(data?.[0]?.url), { headers: { authorization: 'Bearer secret' } })
  expect(isPng(Buffer.from(await seen.arrayBuffer()))).toBe(true)
})

test('streams the picture as an event', { timeout: 120_000 }, async () => {
  const heard = []
  for await (const event of await client.images.generate({ ...apple, stream: true })) heard.push(event)
  expect(heard).toMatchObject([{ type: 'image_generation.completed', size: '64x64' }])
  expect(isPng(bytesOf(heard[0]))).toBe(true)
})

test('streams pictures on their way before the picture', { timeout: 120_000 }, async () => {
  const heard: { type: string; partial_image_index?: number; b64_json: string }[] = []
  const asked = { ...apple, size: '128x128', quality: 'high', stream: true, partial_images: 2, output_format: 'webp' }
  const events = (await client.images.generate(asked as never)) as unknown as AsyncIterable<(typeof heard)[number]>
  for await (const event of events) heard.push(event)
  const last = heard.at(-1)
  const partial = heard.slice(0, -1)
  expect(last?.type).toBe('image_generation.completed')
  expect(partial.length).toBeGreaterThan(0)
  expect(partial.map(({ type }) => type)).toEqual(partial.map(() => 'image_generation.partial_image'))
  expect(partial.map((event) => event.partial_image_index)).toEqual(partial.map((_, index) => index))
  for (const event of heard) expect(bytesOf(event).toString('latin1', 8, 12)).toBe('WEBP')
})

test("takes the default model for a name of OpenAI's own, and refuses any other that is not there", async () => {
  const made = await client.images.generate({ ...apple, model: 'gpt-image-1', quality: 'low' })
  expect(isPng(bytesOf(made.data?.[0]))).toBe(true)
  const refused = client.images.generate({ ...apple, model: 'patchbay-mimi' })
  await expect(refused).rejects.toMatchObject({ status: 404, code: 'not-found' })
  await expect(refused).rejects.toThrow(
    /no model "patchbay-mimi"\. Did you mean "patchbay-mini"\?.*There are "patchbay-mini"/s,
  )
})

test.each([
  [{ background: 'transparent' }, 'background: "transparent" is not done'],
  [{ style: 'natural' }, 'style: "natural" is not done'],
  [{ qualty: 'high' }, 'qualty: there is no such field. Did you mean "quality"?'],
])('%j is refused by its name rather than left out', async (fields, message) => {
  await expect(client.images.generate({ ...apple, ...fields } as never)).rejects.toThrow(message)
})

test('an edit of several pictures is refused: one is begun from', async () => {
  const images = [await picture(), await picture()]
  await expect(client.images.edit({ image: images, ...apple })).rejects.toThrow('image: there are 2 pictures')
})

test('edits a picture, and varies it at its own size', { timeout: 120_000 }, async () => {
  const edited = await client.images.edit({ image: await picture(), ...apple, n: 2 })
  expect(edited.data?.map((one) => isPng(bytesOf(one)))).toEqual([true, true])
  const varied = await client.images.createVariation({ image: await picture(), response_format: 'b64_json' })
  const bytes = bytesOf(varied.data?.[0])
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([64, 64])
})

test('is refused with what helps', async () => {
  const refused = client.images.generate({ ...apple, prompt: '', n: 99 })
  await expect(refused).rejects.toMatchObject({ status: 400, code: 'invalid-request' })
  await expect(refused).rejects.toThrow(/prompt: .*n: .*n is 1 to 10/s)
  const form = client.images.edit({ image: await toFile(Buffer.from('no picture'), 'x.png'), ...apple })
  await expect(form).rejects.toThrow('Send a PNG, JPEG or WebP.')
  const stranger = new OpenAI({ apiKey: 'wrong', baseURL: `${server.url}/v1`, maxRetries: 0 })
  await expect(stranger.images.generate(apple)).rejects.toMatchObject({ status: 401 })
})
