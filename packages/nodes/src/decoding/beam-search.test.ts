import { float32 } from '@patchbay/onnx/tensor'
import { describe, expect, test } from 'vitest'
import { philoxNormal } from '../random/index.ts'
import { beamSearch, type Beam, type BeamDecoder } from './beam-search.ts'
import { decodeTokens } from './decode-tokens.ts'
import { indexOfLargest } from './sample-token.ts'

const codes = 4
const end = 3
const stop = { maxTokens: 4, endTokens: [end] }

type Toy = BeamDecoder<readonly (readonly number[])[]> & { logitsAfter(tokens: readonly number[]): readonly number[] }

/** A model whose logits follow from the tokens so far: what it remembers of a row are its tokens. */
function toyOf(logitsAfter: Toy['logitsAfter']): Toy {
  const decoded = (rows: readonly (readonly number[])[]) => ({
    logits: float32([rows.length, codes], rows.flatMap(logitsAfter)),
    cache: rows,
  })
  return {
    logitsAfter,
    prefill: () => Promise.resolve(decoded([[]])),
    step: (tokens, _, cache) => Promise.resolve(decoded(cache.map((row, k) => [...row, tokens[k] ?? 0]))),
    rowsOf: (cache, rows) => rows.map((row) => cache[row] ?? []),
  }
}

/** A toy whose logits are drawn for every beginning. */
function toy(seed: number): Toy {
  const table = philoxNormal(seed, [codes ** 5, codes]).data
  return toyOf((tokens) => {
    const row = tokens.reduce((place, token) => place * codes + token + 1, 0)
    return Array.from(table.subarray(row * codes, (row + 1) * codes), (value) => 2 * value)
  })
}

/** Every whole sequence with its score, the best first. */
function allSequences(model: Toy, tokens: readonly number[] = [], sum = 0): Beam[] {
  const logits = model.logitsAfter(tokens)
  const normalizer = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0))
  return logits
    .flatMap((logit, token) => {
      const next = [...tokens, token]
      const total = sum + logit - normalizer
      const isWhole = token === end || next.length === stop.maxTokens
      return isWhole ? [{ tokens: next, score: total / next.length }] : allSequences(model, next, total)
    })
    .sort((a, b) => b.score - a.score)
}

describe('beam search', () => {
  test.each([1, 2, 3, 4])(
    'with as many beams as there are sequences finds the best ones, as toy %s has them',
    async (seed) => {
      const model = toy(seed)
      const expected = allSequences(model)
      const found = await beamSearch(model, { beams: expected.length, stop })
      expect(found[0]?.tokens).toEqual(expected[0]?.tokens)
      for (const [i, { tokens, score }] of found.slice(0, 5).entries()) {
        expect(tokens).toEqual(expected[i]?.tokens)
        expect(score).toBeCloseTo(expected[i]?.score ?? NaN, 5)
      }
    },
  )

  test.each([1, 2, 3, 4])('with one beam is the likeliest token each time, in toy %s', async (seed) => {
    const model = toy(seed)
    const [greedy] = await decodeTokens(model, {
      items: 1,
      stop,
      choose: ({ data }) => Int32Array.of(indexOfLargest(data)),
    })
    const [found] = await beamSearch(model, { beams: 1, stop })
    expect(found?.tokens).toEqual(greedy)
  })

  test('two beams find what one misses: a start that is less likely and goes on better', async () => {
    const model = toyOf((tokens) => {
      if (tokens.length === 0) return [1, 0.9, -9, -9]
      return tokens[0] === 0 ? [0, 0, 0, 0] : [-9, -9, -9, 9]
    })
    const first = async (beams: number) => (await beamSearch(model, { beams, stop }))[0]?.tokens
    expect((await first(1))?.[0]).toBe(0)
    expect(await first(2)).toEqual([1, end])
  })
})
