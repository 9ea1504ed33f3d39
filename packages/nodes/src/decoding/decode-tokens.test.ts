import { float32 } from '@patchbay/onnx/tensor'
import { describe, expect, test } from 'vitest'
import { decodeTokens, type TokenDecoder } from './decode-tokens.ts'
import { indexOfLargest } from './sample-token.ts'

/** Two items that count up from 1 and from 3; the cache is what was read so far. */
const counting: TokenDecoder<readonly (readonly number[])[]> = {
  prefill: () => Promise.resolve({ logits: oneHot([1, 3]), cache: [[], []] }),
  step(tokens, place, cache) {
    if (cache.some((read) => read.length !== place)) throw new Error(`place ${place} does not follow the cache`)
    const read = cache.map((own, k) => [...own, tokens[k] ?? 0])
    return Promise.resolve({ logits: oneHot([...tokens].map((token) => token + 1)), cache: read })
  },
}
const oneHot = (tokens: readonly number[]) =>
  float32(
    [tokens.length, 10],
    tokens.flatMap((token) => Array.from({ length: 10 }, (_, code) => Number(code === token))),
  )
const choose = ({ data }: { readonly data: Float32Array }) =>
  Int32Array.of(indexOfLargest(data.subarray(0, 10)), indexOfLargest(data.subarray(10)))

describe('decoding', () => {
  test('feeds each token to the next step until there are enough', async () => {
    const tokens = await decodeTokens(counting, { items: 2, stop: { maxTokens: 4 }, choose })
    expect(tokens).toEqual([
      [1, 2, 3, 4],
      [3, 4, 5, 6],
    ])
  })

  test('ends an item at its end token, and goes on with the others', async () => {
    const tokens = await decodeTokens(counting, { items: 2, stop: { maxTokens: 6, endTokens: [4] }, choose })
    expect(tokens).toEqual([
      [1, 2, 3, 4],
      [3, 4],
    ])
  })

  test('stops when it is cancelled', async () => {
    const controller = new AbortController()
    const run = decodeTokens(counting, {
      items: 2,
      stop: { maxTokens: 100 },
      choose,
      onToken: (tokens) => void (tokens[0]?.length === 3 && controller.abort(new Error('enough'))),
      signal: controller.signal,
    })
    await expect(run).rejects.toThrow('enough')
  })
})
