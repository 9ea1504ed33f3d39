import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { pngWith } from '../testing/png.ts'
import { textInPng } from './png-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-png-'))
const read = (bytes: Uint8Array): ReturnType<typeof textInPng> => {
  const path = join(folder, 'picture.png')
  writeFileSync(path, bytes)
  return textInPng(path)
}
const plain = (keyword: string, text: string) => ['tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1')] as const
const compressed = (keyword: string, text: Buffer) =>
  ['zTXt', Buffer.concat([Buffer.from(`${keyword}\0\0`), deflateSync(text)])] as const
const international = (keyword: string, text: string) =>
  ['iTXt', Buffer.concat([Buffer.from(`${keyword}\0\x01\0\0\0`), deflateSync(Buffer.from(text))])] as const

test('all three kinds of text are read', async () => {
  const bytes = pngWith([plain('a', 'plain'), compressed('b', Buffer.from('small')), international('c', 'größe ☃')])
  expect(await read(bytes)).toEqual({ a: 'plain', b: 'small', c: 'größe ☃' })
})

test('a compressed text that is a bomb is left unread', async () => {
  const bomb = Buffer.alloc(64 * 1024 * 1024)
  expect(await read(pngWith([plain('a', 'before'), compressed('bomb', bomb)]))).toEqual({ a: 'before' })
})

test('many texts, each within the limit, are together not read past it', async () => {
  const large = compressed('large', Buffer.alloc(10 * 1024 * 1024))
  const bytes = pngWith([
    large,
    ...Array.from(
      { length: 500 },
      (_, index) => [large[0], Buffer.concat([Buffer.from(`n${index}`), large[1].subarray(5)])] as const,
    ),
  ])
  expect(Object.keys(await read(bytes))).toEqual(['large'])
})

test.each([
  ['no PNG', Buffer.from('GIF89a')],
  ['cut in the middle of a chunk', pngWith([plain('a', 'x'.repeat(100))]).subarray(0, 60)],
  [
    'with a chunk longer than the file',
    Buffer.concat([pngWith([]).subarray(0, 33), Buffer.from('ffffffff74455874', 'hex')]),
  ],
  ['with a chunk without a keyword', pngWith([['zTXt', Buffer.from('nokeyword')]])],
])('a file %s gives nothing', async (_, bytes) => {
  expect(await read(bytes)).toEqual({})
})
