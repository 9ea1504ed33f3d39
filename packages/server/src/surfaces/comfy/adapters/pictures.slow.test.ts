import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonValue } from '@patchbay/engine/workflow'
import { type ComfyTestClient, createComfyTestClient } from '../../../testing/comfy-client.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

// Graphs of pictures and masks alone, and what ComfyUI makes of them: the pictures under `expected` came out of it.

const fixtures = fileURLToPath(new URL('../../../../../../tests/fixtures/comfyui-pictures', import.meta.url))
let server: TestServer
let client: ComfyTestClient
let inputDirectory: string
beforeAll(async () => {
  inputDirectory = await mkdtemp(join(tmpdir(), 'patchbay-input-'))
  await cp(fixtures, inputDirectory, { recursive: true })
  server = await startTestServer({ nodePacks: [], builtInNodes: true, inputDirectory })
  client = createComfyTestClient(server.url)
}, 180_000)
afterAll(async () => {
  client.close()
  await server.close()
  await rm(inputDirectory, { recursive: true, force: true })
})

const node = (type: string, inputs: { [name: string]: JsonValue } = {}) => ({ class_type: type, inputs })
const pixels = (file: Buffer) =>
  sharp(file).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })

const loaded = {
  1: node('LoadImage', { image: 'pic64.png' }),
  2: node('LoadImage', { image: 'pic48.png' }),
  3: node('LoadImageMask', { image: 'm.png', channel: 'red' }),
}
const shownMask = { 50: node('MaskToImage', { mask: ['51', 0] }) }

test.each([
  [66, 'a Windows bitmap opens', { 50: node('LoadImage', { image: 'x.bmp' }) }],
  [67, 'the frames of a GIF are a batch', { 50: node('LoadImage', { image: 'anim.gif' }) }],
  [67, 'the frames of a WebP are a batch', { 50: node('LoadImage', { image: 'anim.webp' }) }],
  [67, 'the frames of an animated PNG are a batch', { 50: node('LoadImage', { image: 'anim.png' }) }],
  [
    75,
    'shrinking takes single samples',
    {
      ...loaded,
      50: node('ImageScale', { image: ['1', 0], upscale_method: 'bilinear', width: 32, height: 24, crop: 'disabled' }),
    },
  ],
  [
    78,
    'the second picture of a batch is cut to the shape of the first',
    { ...loaded, 50: node('ImageBatch', { image1: ['1', 0], image2: ['2', 0] }) },
  ],
  [
    81,
    'a mask with tapered corners grows as a diamond',
    { ...loaded, 51: node('GrowMask', { mask: ['3', 0], expand: 6, tapered_corners: true }), ...shownMask },
  ],
  [
    83,
    'a mask of alpha is where the picture is transparent',
    { 51: node('LoadImageMask', { image: 'rgba-hidden.png', channel: 'alpha' }), ...shownMask },
  ],
  [
    87,
    'a mask is combined with another at a place',
    {
      ...loaded,
      52: node('SolidMask', { value: 0.7, width: 32, height: 32 }),
      51: node('MaskComposite', { destination: ['3', 0], source: ['52', 0], x: 10, y: 8, operation: 'multiply' }),
      ...shownMask,
    },
  ],
])('%i: %s', async (number, _, graph) => {
  const { outputs, error } = await client.run({
    ...graph,
    9: node('SaveImage', { images: ['50', 0], filename_prefix: 'd' }),
  })
  expect(error).toBeUndefined()
  const images = outputs['9']?.['images'] as Record<string, string>[]
  const wanted = number === 67 ? [0, 1, 2] : number === 78 ? [0, 1] : [0]
  expect(images).toHaveLength(wanted.length)
  for (const [index, image] of images.entries()) {
    const response = await fetch(`${server.url}/view?${String(new URLSearchParams(image))}`)
    const made = await pixels(Buffer.from(await response.arrayBuffer()))
    const name = `${String(number).padStart(3, '0')}-${index}.png`
    const expected = await pixels(await readFile(join(fixtures, 'expected', name)))
    expect([made.info.width, made.info.height]).toEqual([expected.info.width, expected.info.height])
    const difference = made.data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (expected.data[i] ?? NaN))),
      0,
    )
    expect(difference).toBeLessThanOrEqual(1)
  }
})
