import { expect, test } from 'vitest'
import { pictureTexts } from './picture-texts.ts'
import { withPngText } from './png-text.ts'

const text = '{"name":"雪中的狐狸 <&>"}'
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words)

/** An EXIF block with one text field, as ComfyUI puts it into WebP. */
function exif(field: string, little: boolean): Uint8Array {
  const words = bytes(`${field}\0`)
  const block = new Uint8Array(26 + words.length)
  const view = new DataView(block.buffer)
  block.set(bytes(little ? 'II' : 'MM'))
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

async function gzip(words: string): Promise<string> {
  const packed = new Blob([words]).stream().pipeThrough(new CompressionStream('gzip'))
  return btoa(String.fromCharCode(...new Uint8Array(await new Response(packed).arrayBuffer())))
}

const webp = (chunk: Uint8Array): Uint8Array => Uint8Array.of(...bytes('RIFF....WEBPEXIF....'), ...chunk)

test('a PNG carries texts, whatever their language', async () => {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  const end = [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]
  const png = withPngText(Uint8Array.from([...signature, ...end]), 'patchbay', text)
  expect((await pictureTexts(png)).get('patchbay')).toBe(text)
  expect([...png.slice(-12)]).toEqual(end)
})

test.each([true, false])('a WebP of ComfyUI carries its workflow in EXIF (little-endian: %s)', async (little) => {
  expect((await pictureTexts(webp(exif(`workflow:${text}`, little)))).get('workflow')).toBe(text)
})

test('our WebP and JPEG carry texts in XMP, plain or packed', async () => {
  const json = JSON.stringify({ patchbay: text })
  const escaped = json.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const plain = bytes(`RIFF <patchbay:json>${escaped}</patchbay:json>`)
  const packed = bytes(`RIFF <patchbay:gzip>${await gzip(json)}</patchbay:gzip>`)
  expect((await pictureTexts(plain)).get('patchbay')).toBe(text)
  expect((await pictureTexts(packed)).get('patchbay')).toBe(text)
})

test('pictures that are cut short or carry nothing give nothing', async () => {
  const whole = webp(exif(`workflow:${text}`, true))
  for (let length = 0; length < whole.length; length += 3) {
    expect((await pictureTexts(whole.subarray(0, length))).size).toBe(0)
  }
  expect((await pictureTexts(bytes('<patchbay:json>{"patch</patchbay:json>'))).size).toBe(0)
})
