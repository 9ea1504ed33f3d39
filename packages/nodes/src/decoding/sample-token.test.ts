import { float32 } from '@patchbay/onnx/tensor'
import { describe, expect, test } from 'vitest'
import { guidedLogits } from './guided-logits.ts'
import { sampleToken, sampleTokens, type TokenChoice } from './sample-token.ts'

const logits = Float32Array.of(1, 3, 2, 0, -1)
/** Tokens that evenly spread draws give. */
const drawn = (choice: TokenChoice, earlier?: readonly number[]): Set<number> =>
  new Set(Array.from({ length: 1000 }, (_, i) => sampleToken(logits, choice, (i + 0.5) / 1000, earlier)))

describe('a sampled token', () => {
  test('is as likely as the softmax of its logits says', () => {
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit / 0.7), 0)
    const counts = new Map<number, number>()
    for (let i = 0; i < 10_000; i++) {
      const token = sampleToken(logits, { temperature: 0.7 }, (i + 0.5) / 10_000)
      counts.set(token, (counts.get(token) ?? 0) + 1)
    }
    for (const [token, logit] of logits.entries()) {
      expect((counts.get(token) ?? 0) / 10_000).toBeCloseTo(Math.exp(logit / 0.7) / total, 3)
    }
  })

  test('is the likeliest at temperature 0', () => {
    expect(sampleToken(logits, { temperature: 0 }, 0.999)).toBe(1)
  })

  test.each<[string, TokenChoice, number[]]>([
    ['top k keeps the k likeliest', { topK: 2 }, [1, 2]],
    ['top p keeps the fewest that reach p', { topP: 0.8 }, [1, 2]],
    ['min p keeps what is not too far below the likeliest', { minP: 0.1 }, [0, 1, 2]],
    ['nothing is left out by default', {}, [0, 1, 2, 3, 4]],
  ])('%s', (_, choice, expected) => {
    expect([...drawn(choice)].sort()).toEqual(expected)
  })

  test('is less likely where it came before', () => {
    const [first] = drawn({ temperature: 0, repetitionPenalty: 2 }, [1])
    expect(first).toBe(2)
  })

  test('of item k is that of seed + k alone, and each place draws anew', () => {
    const flat = float32([3, 50], new Float32Array(150))
    const at = { seed: 7, place: 4 }
    const together = sampleTokens(flat, {}, at)
    const alone = [7, 8, 9].map((seed) => sampleTokens(float32([1, 50], new Float32Array(50)), {}, { ...at, seed })[0])
    expect([...together]).toEqual(alone)
    expect(sampleTokens(flat, {}, { ...at, place: 5 })).not.toEqual(together)
  })
})

test('guidance goes from the unconditional logits through the conditional ones', () => {
  const both = float32([2, 2], Float32Array.of(1, 2, 0.5, 4))
  expect(guidedLogits(both, 3)).toEqual(float32([1, 2], Float32Array.of(2, -2)))
  expect(() => guidedLogits(float32([3, 1], new Float32Array(3)), 3)).toThrow('come in pairs')
})
