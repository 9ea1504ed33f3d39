import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bleu, captionWords, cider, exactShare, type CaptionPair } from './caption-scores.ts'

interface Reference {
  readonly scores: { readonly pairs: readonly CaptionPair[]; readonly bleu: number; readonly cider: number }
}
const vectors = resolve(import.meta.dirname, '../../../../tests/reference/vectors/captions.json.gz')
const { scores } = JSON.parse(gunzipSync(readFileSync(vectors)).toString()) as Reference

test('BLEU-4 and CIDEr-D are those of pycocoevalcap', () => {
  expect(bleu(scores.pairs)).toBeCloseTo(scores.bleu, 9)
  expect(cider(scores.pairs)).toBeCloseTo(scores.cider, 9)
})

test('case and punctuation do not count', () => {
  expect(captionWords("A cat's, “red” hat!")).toEqual(['a', 'cat', "'s", 'red', 'hat'])
  const references = ['A red apple.', 'an apple']
  expect(
    exactShare([
      { caption: 'a red apple', references },
      { caption: 'an apple tree', references },
    ]),
  ).toBe(0.5)
})
