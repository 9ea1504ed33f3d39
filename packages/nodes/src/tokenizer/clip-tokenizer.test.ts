import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { createBytePairEncoder } from './byte-pair.ts'
import { createClipTokenizer, loadClipTokenizer, type ClipTokenizer } from './clip-tokenizer.ts'

const vectors = new URL('../../../../tests/reference/vectors/clip-tokens.json', import.meta.url)
const recorded: { texts: { text: string; ids: number[] }[] } = JSON.parse(readFileSync(vectors, 'utf8'))

describe('CLIP’s tokenizer', () => {
  let tokenizer: ClipTokenizer
  beforeAll(async () => {
    tokenizer = await loadClipTokenizer()
  })

  test('has the 49,408 tokens of its vocabulary', () => {
    expect([tokenizer.size, tokenizer.start, tokenizer.end]).toEqual([49408, 49406, 49407])
    expect(tokenizer.encode('a photo of a cat')).toEqual([320, 1125, 539, 320, 2368])
  })

  test.each(recorded.texts)('gives transformers’ ids for $text', ({ text, ids }) => {
    expect(tokenizer.encode(text)).toEqual(ids)
    expect(tokenizer.encode(text)).toEqual(ids)
  })

  test('keeps words apart when asked', () => {
    expect(tokenizer.encodeWords('a cat.').map((ids) => [...ids])).toEqual([[320], [2368], [269]])
  })
})

describe('byte pairs', () => {
  test('are joined in the order of the list, not from left to right', () => {
    const { encodeWord, size } = createBytePairEncoder('b c\na b\nbc d</w>\n')
    expect(size).toBe(515)
    // a + bcd</w>: "b c" ranks before "a b".
    expect(encodeWord('abcd')).toEqual(['a'.charCodeAt(0) - 0x21, 514])
  })

  test('need two symbols a line', () => {
    expect(() => createClipTokenizer('a b\nabc\n')).toThrow('Line 2 of a list of merges')
  })
})
