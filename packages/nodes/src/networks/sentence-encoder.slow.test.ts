import { parseSafetensors, serializeSafetensors } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundledSentenceEncoderWeights, loadSentenceEncoder, type SentenceEncoder } from './sentence-encoder.ts'

let encoder: SentenceEncoder
beforeAll(async () => {
  encoder = await loadSentenceEncoder()
})
afterAll(() => encoder.dispose())

function cosines(pooled: Float32Array, width: number): number[] {
  const row = (index: number): Float32Array => pooled.subarray(index * width, (index + 1) * width)
  return Array.from({ length: pooled.length / width - 1 }, (_, index) =>
    row(0).reduce((sum, value, i) => sum + value * (row(index + 1)[i] ?? NaN), 0),
  )
}

// Numbers of the published TensorFlow.js graph, run by tfjs 4.22 on its CPU backend over the same token ids.
describe('the Universal Sentence Encoder', () => {
  test('gives the pooled vectors of the published graph', async () => {
    const { pooled } = await encoder.encode(['dog', 'a photo of a cat'])
    expect([...pooled.subarray(0, 4)]).toEqual(
      [0.046309594, 0.045053534, 0.049426045, -0.047429942].map((value) => expect.closeTo(value, 5)),
    )
  })

  test('gives the token vectors of the published graph', async () => {
    const { tokens, length, width } = await encoder.encode(['red apple', 'a photo of a cat'])
    expect({ length, width }).toEqual({ length: 5, width: 512 })
    expect([...tokens.subarray(0, 4)]).toEqual(
      [3.2185187, 3.123996, 1.5416696, 2.5940297].map((value) => expect.closeTo(value, 4)),
    )
  })

  test('finds a dog nearer to a puppy than to a red apple', async () => {
    const { pooled, width } = await encoder.encode(['dog', 'puppy', 'red apple'])
    const [puppy = 0, apple = 0] = cosines(pooled, width)
    expect(puppy).toBeCloseTo(0.767, 3)
    expect(apple).toBeCloseTo(0.229, 3)
  })

  test('embeds a text the same alone and filled up beside a longer one', async () => {
    const alone = await encoder.encode(['red apple'])
    const together = await encoder.encode(['red apple', 'a very long text about a red apple on a green table'], 20)
    expect(together.mask.subarray(0, 4)).toEqual(Float32Array.of(1, 1, 0, 0))
    expect(together.tokens.subarray(2 * 512, 20 * 512).every((value) => value === 0)).toBe(true)
    const differences = alone.tokens.map((value, i) => Math.abs(value - (together.tokens[i] ?? NaN)))
    expect(Math.max(...differences)).toBeLessThan(1e-4)
    expect(Math.max(...alone.pooled.map((value, i) => Math.abs(value - (together.pooled[i] ?? NaN))))).toBeLessThan(
      1e-5,
    )
  })

  test('splits text with colons, whose pieces have no score in the published vocabulary', () => {
    const { encode } = encoder.tokenizer
    expect(encode('a cat: red')).toEqual([...encode('a cat'), 57, ...encode('red')])
  })

  test('takes an empty text, no text, and cuts a text that is too long', async () => {
    const empty = await encoder.encode([''])
    expect(empty.pooled.every(Number.isFinite)).toBe(true)
    expect((await encoder.encode([])).pooled.length).toBe(0)
    expect((await encoder.encode(['word '.repeat(500)])).length).toBe(128)
    await expect(encoder.encode(['a'], 129)).rejects.toThrow('1 to 128 tokens, but 129')
  })

  test('keeps its meaning in a safetensors file of half the size', async () => {
    const bytes = serializeSafetensors(bundledSentenceEncoderWeights(), { floatType: 'float16' })
    expect(bytes.byteLength).toBeLessThan(14.1e6)
    const half = await loadSentenceEncoder(parseSafetensors(bytes))
    const full = await encoder.encode(['dog'])
    const halved = await half.encode(['dog'])
    await half.dispose()
    const cosine = full.pooled.reduce((sum, value, i) => sum + value * (halved.pooled[i] ?? NaN), 0)
    expect(cosine).toBeGreaterThan(0.99999)
  })
})
