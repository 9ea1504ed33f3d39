import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { textInWebp } from './webp-text.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-webp-'))
})
afterAll(() => rm(folder, { recursive: true }))

const dot = () => sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
async function textsIn(bytes: Buffer) {
  const path = join(folder, 'picture.webp')
  await writeFile(path, bytes)
  return textInWebp(path)
}

test('prompt and workflow are found in the EXIF of a WebP, written by another program', async () => {
  const IFD0 = { Model: 'prompt:{"1":{"a":":"}}', Make: 'Workflow:{"nodes":[]}' }
  const texts = await textsIn(await dot().withExif({ IFD0 }).webp().toBuffer())
  expect(texts).toMatchObject({ prompt: '{"1":{"a":":"}}', workflow: '{"nodes":[]}' })
})

test('a WebP without them, another file, and any cut or flipped byte of one with them are no error', async () => {
  expect(await textsIn(await dot().webp().toBuffer())).toEqual({})
  expect(await textsIn(Buffer.from('RIFF'))).toEqual({})
  const whole = await dot().withExif({ IFD0: { Model: 'prompt:{}' } }).webp().toBuffer() // prettier-ignore
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole)
    flipped[at] = 0xff - (flipped[at] ?? 0)
    await expect(textsIn(flipped)).resolves.toBeTypeOf('object')
    await expect(textsIn(whole.subarray(0, at))).resolves.toBeTypeOf('object')
  }
})
