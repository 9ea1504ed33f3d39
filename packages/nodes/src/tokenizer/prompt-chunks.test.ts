import { beforeAll, describe, expect, test } from 'vitest'
import { float32 } from '@patchbay/onnx/tensor'
import { maximumDifference } from '../tensor/index.ts'
import { loadClipTokenizer, type ClipTokenizer } from './clip-tokenizer.ts'
import { tokenizePrompt, type PromptChunk } from './prompt-chunks.ts'
import { weighEmbeddings } from './weigh-embeddings.ts'

let tokenizer: ClipTokenizer
beforeAll(async () => {
  tokenizer = await loadClipTokenizer()
})

const ids = ({ tokens }: PromptChunk): number[] => tokens.map((token) => (token.type === 'token' ? token.id : -1))
const [cat, start, end] = [2368, 49406, 49407]

describe('a tokenized prompt', () => {
  test('is one chunk of 77 places with marks, weights and filling', () => {
    const { chunks } = tokenizePrompt('a (cat:1.3)', { tokenizer })
    expect(chunks).toHaveLength(1)
    expect(ids(chunks[0]!)).toEqual([start, 320, cat, ...Array.from({ length: 74 }, () => end)])
    expect(chunks[0]!.weights.slice(0, 5)).toEqual([1, 1, 1.3, 1, 1])
    expect(chunks[0]!.weights).toHaveLength(77)
  })

  test('is filled with 0 after its end mark for OpenCLIP’s encoders', () => {
    const { chunks } = tokenizePrompt('cat', { tokenizer, padId: 0 })
    expect(ids(chunks[0]!)).toEqual([start, cat, end, ...Array.from({ length: 74 }, () => 0)])
  })

  test('is one empty chunk when there is no text', () => {
    expect(tokenizePrompt('', { tokenizer }).chunks.map(ids)).toEqual([
      [start, ...Array.from({ length: 76 }, () => end)],
    ])
  })

  test('goes on in another chunk after 75 tokens, without tearing a word', () => {
    const { chunks } = tokenizePrompt(`${'cat '.repeat(74)}antidisestablishmentarianism`, { tokenizer })
    expect(chunks).toHaveLength(2)
    expect(ids(chunks[0]!).filter((id) => id === cat)).toHaveLength(74)
    expect(ids(chunks[0]!)[75]).toBe(end)
    expect(ids(chunks[1]!).slice(1)).toEqual([
      ...tokenizer.encode('antidisestablishmentarianism'),
      ...Array.from({ length: 76 - tokenizer.encode('antidisestablishmentarianism').length }, () => end),
    ])
    expect(tokenizePrompt('cat '.repeat(75), { tokenizer }).chunks).toHaveLength(1)
    expect(tokenizePrompt('cat '.repeat(76), { tokenizer }).chunks).toHaveLength(2)
  })

  test('begins another chunk at BREAK, but not within a word or in small letters', () => {
    expect(tokenizePrompt('cat BREAK (cat BREAK cat:1.2)', { tokenizer }).chunks).toHaveLength(3)
    expect(tokenizePrompt('BREAKFAST break', { tokenizer }).chunks).toHaveLength(1)
  })

  test('holds the vectors of embeddings by name, with their weight, and says which it does not know', () => {
    const vectorsOf = (name: string) => ({ 'easy-negative': 2 })[name]
    const { chunks, unknownEmbeddings } = tokenizePrompt('cat (embedding:easy-negative:1.4), embedding:gone cat', {
      tokenizer,
      vectorsOf,
    })
    const [tokens, weights] = [chunks[0]!.tokens.slice(1, 7), chunks[0]!.weights.slice(1, 7)]
    expect(tokens).toEqual([
      { type: 'token', id: cat },
      { type: 'embedding', name: 'easy-negative', vector: 0 },
      { type: 'embedding', name: 'easy-negative', vector: 1 },
      { type: 'token', id: 267 },
      { type: 'token', id: cat },
      { type: 'token', id: end },
    ])
    expect(weights).toEqual([1, 1.4, 1.4, 1, 1, 1])
    expect(unknownEmbeddings).toEqual(['gone'])
  })
})

describe('weights of an encoded prompt', () => {
  const encoded = float32([1, 3, 2], Float32Array.from([1, 2, 3, 4, 5, 6]))
  const empty = float32([1, 3, 2], Float32Array.from([1, 1, 1, 1, 1, 1]))

  test('move each token away from the empty prompt', () => {
    const weighed = weighEmbeddings(encoded, empty, [1, 2, 0])
    expect([...weighed.data]).toEqual([1, 2, 5, 7, 1, 1])
    expect(maximumDifference(weighEmbeddings(encoded, empty, [1, 1, 1]), encoded)).toBe(0)
  })

  test('are one for each token', () => {
    expect(() => weighEmbeddings(encoded, empty, [1, 1])).toThrow('a weight for each of its 3 tokens, but got 2')
  })
})
