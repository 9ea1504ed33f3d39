import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { pictureTexts } from '../picture-texts/index.ts'
import { imageFrom } from './image.ts'
import { decodeImage, encodeImage, imageFormats } from './codec.ts'

const gradient = imageFrom(
  { batch: 2, height: 8, width: 12, channels: 3 },
  (k, y, x, c) => ((y * 12 + x + c * 9 + k * 50) % 256) / 255,
)
const texts = { 'patchbay-workflow': '{"name": "Katze – 猫 <&>"}\n', prompt: '{"3": {}}' }

test('a PNG gives back every value and every picture of the batch', async () => {
  for (const index of [0, 1]) {
    const { image } = await decodeImage(await encodeImage(gradient, index, { format: 'png' }))
    expect(image.shape).toEqual([1, 8, 12, 3])
    const expected = gradient.data.subarray(index * image.data.length, (index + 1) * image.data.length)
    expect(Math.max(...image.data.map((value, i) => Math.abs(value - (expected[i] ?? NaN))))).toBeLessThan(1e-6)
  }
})

test('alpha comes back as a mask, and an opaque picture has none', async () => {
  const half = imageFrom({ batch: 1, height: 2, width: 2, channels: 4 }, (_k, y, _x, c) => (c === 3 ? y : 0.2))
  const { alpha } = await decodeImage(await encodeImage(half, 0, { format: 'png' }))
  expect([...(alpha?.data ?? [])]).toEqual([0, 0, 1, 1])
  expect((await decodeImage(await encodeImage(gradient, 0, { format: 'png' }))).alpha).toBeUndefined()
})

describe.each(imageFormats)('a %s file', (format) => {
  test('carries the workflow, in any script', async () => {
    const file = await encodeImage(gradient, 0, { format, texts })
    expect(await pictureTexts(file)).toEqual(texts)
    expect((await decodeImage(file)).texts).toEqual(texts)
  })

  test('carries a workflow of a megabyte', async () => {
    const long = { workflow: 'node '.repeat(200_000) }
    expect(await pictureTexts(await encodeImage(gradient, 0, { format, texts: long }))).toEqual(long)
  })

  test('carries nothing when there is nothing to carry', async () => {
    expect(await pictureTexts(await encodeImage(gradient, 0, { format }))).toEqual({})
  })
})

test('a WebP carries its texts as EXIF too, the prompt as the model of a camera, where other programs look', async () => {
  const all = { ...texts, workflow: '{"nodes":["猫"]}' }
  const webp = await encodeImage(gradient, 0, { format: 'webp', texts: all })
  expect(webp.readUInt32LE(4)).toBe(webp.length - 8)
  const { exif, width } = await sharp(webp).metadata()
  const block = exif!.toString('latin1', exif!.toString('latin1', 0, 4) === 'Exif' ? 6 : 0)
  expect(width).toBe(12)
  expect(block).toContain('prompt:{"3": {}}\0')
  expect(block).toContain('workflow:{"nodes":["\\u732b"]}\0')
  const tags = Array.from(
    { length: block.charCodeAt(8) },
    (_, i) => block.charCodeAt(10 + i * 12) + 256 * block.charCodeAt(11 + i * 12),
  )
  expect(tags).toEqual([0x010e, 0x010f, 0x0110])
  expect(await pictureTexts(webp)).toEqual(all)
  expect((await sharp(webp).raw().toBuffer()).length).toBe(12 * 8 * 3)
})

test('what is no picture is refused with the formats that are', async () => {
  await expect(decodeImage(Buffer.from('hello'))).rejects.toThrow('no picture that can be read (PNG, JPEG')
})
