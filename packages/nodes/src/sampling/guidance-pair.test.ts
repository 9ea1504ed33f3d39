import { describe, expect, test } from 'vitest'
import { float32, zeros, type Tensor } from '@patchbay/onnx/tensor'
import { pairedConditioning, type ActingConditioning } from './guidance-pair.ts'

const filled = (value: number, ...shape: number[]): Tensor =>
  float32(shape, new Float32Array(shape.reduce((a, b) => a * b)).fill(value))
const told = (value: number, tokens = 3): ActingConditioning => ({
  embeddings: filled(value, 1, tokens, 2),
  controls: [],
})
const latents = zeros('float32', [2, 4, 8, 8])

describe('two parts in one call', () => {
  test('are the positive for each of the batch, then the negative for each', () => {
    const both = pairedConditioning(latents, told(1), told(-1))
    expect(both?.embeddings.shape).toEqual([4, 3, 2])
    expect([...(both?.embeddings.data ?? [])].filter((_, i) => i % 6 === 0)).toEqual([1, 1, -1, -1])
  })

  test('are not made of texts of different lengths, or of different sizes', () => {
    expect(pairedConditioning(latents, told(1), told(-1, 5))).toBeUndefined()
    expect(pairedConditioning(latents, { ...told(1), sizes: [64, 64] }, told(-1))).toBeUndefined()
  })

  test('are not made where only one has pooled text', () => {
    expect(pairedConditioning(latents, { ...told(1), pooled: filled(1, 1, 2) }, told(-1))).toBeUndefined()
  })

  test('are not made for large pictures, where two calls are as fast', () => {
    expect(pairedConditioning(zeros('float32', [1, 4, 65, 64]), told(1), told(-1))).toBeUndefined()
  })
})
