import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { alphaAlone, withAlphaOf } from './alpha.ts'
import { decoding } from './decoding.ts'
import { convertPicture } from './thumbnail.ts'

const limit = 1_000_000
const folder = mkdtempSync(join(tmpdir(), 'patchbay-decoding-'))
const webpOf = (red: number) =>
  sharp({ create: { width: 4, height: 4, channels: 4, background: { r: red, g: 0, b: 0, alpha: red / 255 } } })
    .webp({ lossless: true })
    .toBuffer()
const asPng = { format: 'png', quality: 90, pixelLimit: limit, channel: 'rgb' } as const
const redOf = async (png: Buffer) => (await sharp(png).raw().toBuffer())[0]

test('a WebP that is replaced under its name is the one that is converted and painted over', async () => {
  const path = join(folder, 'cat.webp')
  const mask = await webpOf(255)
  for (const red of [255, 51]) {
    writeFileSync(path, await webpOf(red))
    expect(await redOf(await convertPicture(path, asPng))).toBe(red)
    expect(await redOf(await withAlphaOf(path, mask, limit))).toBe(red)
    expect(
      (
        await sharp(await alphaAlone(path, limit))
          .extractChannel(3)
          .raw()
          .toBuffer()
      )[0],
    ).toBe(red)
  }
})

test.each([
  ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
  [
    'a drawing behind a declaration',
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
  ],
  ['a broken picture', '\u0089PNG'],
  ['nothing', ''],
])('%s is refused, and not decoded', async (_what, content) => {
  const path = join(folder, 'picture.png')
  writeFileSync(path, content)
  await expect(convertPicture(path, asPng)).rejects.toMatchObject({ code: 'wrong-file-type' })
  await expect(alphaAlone(path, limit)).rejects.toMatchObject({ code: 'wrong-file-type' })
})

test('few pictures are decoded at once, and none for whom has gone meanwhile', async () => {
  const seen = { open: 0, most: 0, begun: 0 }
  const work = async () => {
    seen.begun++
    seen.most = Math.max(seen.most, ++seen.open)
    await new Promise((resolve) => setTimeout(resolve, 5))
    seen.open--
  }
  const gone = new AbortController()
  const asked = Array.from({ length: 20 }, (_, index) =>
    decoding(limit, work, index < 10 ? undefined : gone.signal).catch(() => 'gone'),
  )
  gone.abort()
  const answers = await Promise.all(asked)
  expect([seen.most, seen.begun, answers.filter((answer) => answer === 'gone').length]).toEqual([2, 10, 10])
})
