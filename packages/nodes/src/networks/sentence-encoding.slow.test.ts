import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bundledSentenceEncoderWeights,
  createSentenceTokenizer,
  loadSentenceEncoder,
  type SentenceEncoder,
} from './sentence-encoder.ts'
import { encodeSentences } from './sentence-encoding.ts'
import { createSessions } from './sessions.ts'

const sessions = createSessions()
const encoder = {
  kind: 'sentence-encoder',
  weights: bundledSentenceEncoderWeights(),
  maxTokens: 16,
  lowerCase: true,
} as const
const tokenizer = createSentenceTokenizer()
let reference: SentenceEncoder
beforeAll(async () => {
  reference = await loadSentenceEncoder()
})
afterAll(async () => {
  await reference.dispose()
  await sessions.clear()
})

describe('a sentence as conditioning', () => {
  test('has the encoder’s embeddings, filled up with zeros, whatever its case', async () => {
    const { embeddings, pooled } = await encodeSentences(sessions, encoder, tokenizer, ['A Red Apple'])
    const expected = await reference.encode(['a red apple'], 16)
    expect(embeddings.shape).toEqual([1, 16, 512])
    expect(embeddings.data).toEqual(expected.tokens)
    expect(pooled.data).toEqual(expected.pooled)
    expect(embeddings.data.subarray(15 * 512).every((value) => value === 0)).toBe(true)
  })

  test('is all zeros without words, also beside a text that has some', async () => {
    const { embeddings, pooled } = await encodeSentences(sessions, encoder, tokenizer, ['', 'a dog'])
    expect(embeddings.data.subarray(0, 16 * 512).every((value) => value === 0)).toBe(true)
    expect(pooled.data.subarray(0, 512).every((value) => value === 0)).toBe(true)
    expect(pooled.data.subarray(512).some((value) => value !== 0)).toBe(true)
  })

  test('is cut at the tokens the denoiser knows', async () => {
    const { embeddings } = await encodeSentences(sessions, encoder, tokenizer, ['word '.repeat(100)])
    expect(embeddings.shape).toEqual([1, 16, 512])
  })
})
