import { deflateSync, gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { latin1Bytes } from './bytes.ts'
import { exifOf, exifTexts } from './exif.ts'
import { pictureTexts, withPngTexts, workflowKeyword } from './index.ts'
import { pngTexts } from './png.ts'
import { xmpOf, xmpTexts } from './xmp.ts'

const dot = () => sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
const signature = Buffer.from('89504e470d0a1a0a', 'hex')
const chunk = (type: string, content: Uint8Array): Buffer => {
  const frame = Buffer.alloc(12 + content.length)
  frame.writeUInt32BE(content.length, 0)
  frame.write(type, 4, 'latin1')
  frame.set(content, 8)
  return frame
}
const pngWith = (...chunks: readonly Uint8Array[]): Buffer =>
  Buffer.concat([signature, chunk('IHDR', new Uint8Array(13)), ...chunks, chunk('IEND', new Uint8Array(0))])
const plain = (keyword: string, text: string) => chunk('tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1'))
const zipped = (keyword: string, bytes: Buffer) => chunk('zTXt', Buffer.concat([Buffer.from(`${keyword}\0\0`), bytes]))
const compressed = (keyword: string, text: Buffer) => zipped(keyword, deflateSync(text))
const international = (keyword: string, text: string) =>
  chunk('iTXt', Buffer.concat([Buffer.from(`${keyword}\0\x01\0\0\0`), deflateSync(Buffer.from(text))]))

/** An EXIF block with one text field, as ComfyUI puts it into WebP. */
function exifBlock(field: string, little: boolean): Uint8Array {
  const words = Buffer.from(`${field}\0`)
  const block = new Uint8Array(26 + words.length)
  const view = new DataView(block.buffer)
  block.set(latin1Bytes(little ? 'II' : 'MM'))
  view.setUint16(2, 42, little)
  view.setUint32(4, 8, little)
  view.setUint16(8, 1, little)
  view.setUint16(10, 0x010f, little)
  view.setUint16(12, 2, little)
  view.setUint32(14, words.length, little)
  view.setUint32(18, 26, little)
  block.set(words, 26)
  return block
}

/** An EXIF block whose second directory has a comment, as piexif writes it. */
function commentBlock(text: string, code: string, little: boolean, letters: 'utf16le' | 'utf16be' | 'latin1') {
  const words = Buffer.from(text, letters === 'latin1' ? 'latin1' : 'utf16le')
  const body = Buffer.concat([
    Buffer.from(code.padEnd(8, '\0'), 'latin1'),
    letters === 'utf16be' ? words.swap16() : words,
  ])
  const block = new Uint8Array(44 + body.length)
  const view = new DataView(block.buffer)
  block.set(latin1Bytes(little ? 'II' : 'MM'))
  view.setUint16(2, 42, little)
  view.setUint32(4, 8, little)
  const entry = (at: number, tag: number, type: number, count: number, value: number) => {
    view.setUint16(at, 1, little)
    view.setUint16(at + 2, tag, little)
    view.setUint16(at + 4, type, little)
    view.setUint32(at + 6, count, little)
    view.setUint32(at + 10, value, little)
  }
  entry(8, 0x8769, 4, 1, 26)
  entry(26, 0x9286, 7, body.length, 44)
  block.set(body, 44)
  return block
}

describe('a PNG', () => {
  test('gives all three kinds of text', async () => {
    const png = pngWith(plain('a', 'plain'), compressed('b', Buffer.from('small')), international('c', 'größe ☃'))
    expect(await pictureTexts(png)).toEqual({ a: 'plain', b: 'small', c: 'größe ☃' })
  })

  test('gives a tEXt in the encoding that its program took, Latin-1 or UTF-8', async () => {
    const utf8 = chunk('tEXt', Buffer.concat([Buffer.from('b\0'), Buffer.from('größe')]))
    expect(await pictureTexts(pngWith(plain('a', 'größe'), utf8))).toEqual({ a: 'größe', b: 'größe' })
  })

  test.each(['', 'ascii', 'größe', 'Ã©', '雪中的狐狸 <&>', '\u0000', '猫'.repeat(2000)])(
    'gives back exactly what was put into it (case %#)',
    async (text) => {
      const png = await withPngTexts(await dot().png().toBuffer(), { [workflowKeyword]: text })
      expect(await pictureTexts(png)).toEqual({ [workflowKeyword]: text })
    },
  )

  test('carries its texts before its pixels, with checksums that a decoder takes', async () => {
    const png = Buffer.from(await withPngTexts(await dot().png().toBuffer(), { a: 'x', b: '猫' }))
    expect(png.indexOf('tEXt')).toBeLessThan(png.indexOf('IDAT'))
    expect((await sharp(png, { failOn: 'warning' }).raw().toBuffer()).length).toBe(12)
  })

  test('with a compressed text that is a bomb gives the others', async () => {
    const bomb = Buffer.alloc(64 * 1024 * 1024)
    expect(await pictureTexts(pngWith(plain('a', 'before'), compressed('bomb', bomb)))).toEqual({ a: 'before' })
  })

  test('with many texts, each within the limit, is not read past it', async () => {
    const large = deflateSync(Buffer.alloc(10 * 1024 * 1024))
    const texts = Array.from({ length: 50 }, (_, index) => zipped(`n${index}`, large))
    expect(Object.keys(await pictureTexts(pngWith(...texts)))).toEqual(['n0'])
  })

  test.each([
    ['cut in the middle of a chunk', pngWith(plain('a', 'x'.repeat(100))).subarray(0, 60)],
    [
      'with a chunk longer than the file',
      Buffer.concat([pngWith().subarray(0, 33), Buffer.from('ffffffff74455874', 'hex')]),
    ],
    ['with a chunk without a keyword', pngWith(chunk('zTXt', Buffer.from('nokeyword')))],
    ['with an iTXt that ends in its head', pngWith(chunk('iTXt', Buffer.from('a\0\0\0en')))],
  ])('%s gives nothing', async (_, bytes) => {
    expect(await pictureTexts(bytes)).toEqual({})
  })
})

describe('a WebP, JPEG or AVIF', () => {
  test.each([true, false])('of ComfyUI carries its workflow in EXIF (little-endian: %s)', (little) => {
    expect(exifTexts(exifBlock('workflow:{"name":"雪"}', little))).toEqual({ workflow: '{"name":"雪"}' })
  })

  test.each(['webp', 'jpeg', 'avif'] as const)(
    'that another program wrote gives prompt and workflow (%s)',
    async (format) => {
      const IFD0 = { Model: 'prompt:{"1":{"a":":"}}', Make: 'Workflow:{"nodes":[]}' }
      const texts = await pictureTexts(await dot().withExif({ IFD0 }).toFormat(format).toBuffer())
      expect(texts).toMatchObject({ prompt: '{"1":{"a":":"}}', workflow: '{"nodes":[]}' })
    },
  )

  test.each([
    ['UNICODE', true, 'utf16le'],
    ['UNICODE', false, 'utf16be'],
    ['UNICODE', true, 'utf16be'],
    ['ASCII', true, 'latin1'],
  ] as const)(
    'carries the settings of AUTOMATIC1111 in the comment of EXIF (%s, little-endian: %s, %s)',
    (code, little, letters) => {
      const text = code === 'ASCII' ? 'a fox\nSteps: 4' : 'a fox, 狐\nSteps: 4'
      expect(exifTexts(commentBlock(text, code, little, letters))).toEqual({ parameters: text })
    },
  )

  test('has EXIF values at even offsets, as TIFF asks', () => {
    const block = exifOf({ prompt: '{}', workflow: '{"a":1}', other: 'xy' })
    const view = new DataView(block.buffer)
    const offsets = [0, 1, 2].map((entry) => view.getUint32(10 + 12 * entry + 8, true))
    expect(offsets.map((offset) => offset % 2)).toEqual([0, 0, 0])
    expect(exifTexts(block)).toEqual({ prompt: '{}', workflow: '{"a":1}', other: 'xy' })
  })

  test('has texts that fit nowhere left out rather than cut', async () => {
    expect(await xmpOf({ a: 'x'.repeat(1000) }, 500)).toBeDefined()
    expect(await xmpOf({ a: 'x'.repeat(1000) }, 300)).toBeUndefined()
  })

  test('with another XMP packet, one that is cut short, or a bomb, carries nothing', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20)).toString('base64')
    for (const packet of [
      '<x:xmpmeta/>',
      '<patchbay:json>{"a</patchbay:json>',
      `<patchbay:gzip>${bomb}</patchbay:gzip>`,
    ]) {
      expect(await xmpTexts(Buffer.from(packet))).toEqual({})
    }
  })
})

test.each(['png', 'webp', 'jpeg', 'avif'] as const)('any cut or flipped byte of a %s is no error', async (format) => {
  const IFD0 = { Model: 'prompt:{"1":{}}' }
  const picture = await dot()
    .withExif({ IFD0 })
    .withXmp((await xmpOf({ a: 'b' })) ?? '')
    .toFormat(format)
    .toBuffer()
  const whole = format === 'png' ? await withPngTexts(picture, { a: 'é'.repeat(2000), b: 'c' }) : picture
  for (let at = 0; at < whole.length; at += 3) {
    const flipped = Uint8Array.from(whole, (byte, index) => (index === at ? 0xff - byte : byte))
    await expect(pictureTexts(flipped)).resolves.toBeTypeOf('object')
    await expect(pictureTexts(whole.subarray(0, at))).resolves.toBeTypeOf('object')
  }
})

test('a file that is no picture carries nothing', async () => {
  expect(await pictureTexts(Buffer.from('no picture'))).toEqual({})
  expect(await pictureTexts(new Uint8Array(0))).toEqual({})
  expect(await pngTexts(Buffer.from('GIF89a'))).toEqual({})
})
