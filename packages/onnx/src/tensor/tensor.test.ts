import { describe, expect, test } from 'vitest'
import { float32, full, requireFloat32, tensorOf, zeros } from './index.ts'

describe('a tensor', () => {
  test('refuses a shape that does not hold its data', () => {
    expect(() => float32([2, 3], new Float32Array(5))).toThrow('has 6 elements (24 bytes), but its data has 20 bytes')
  })

  test('refuses a size that is no natural number', () => {
    expect(() => float32([-1, -2], new Float32Array(2))).toThrow('whole numbers')
    expect(() => zeros('uint8', [1.5, 2])).toThrow('whole numbers')
  })

  test('shares the array that it wraps, and has one of its own where numbers are listed', () => {
    const data = Float32Array.of(1, 2)
    expect(float32([2], data).data).toBe(data)
    expect(tensorOf('float32', [1, 2], data).data).toBe(data)
    expect(float32([2], [1, 2])).toEqual(float32([2], data))
  })

  test('is filled with zeros of its own type, or with one number', () => {
    expect(zeros('int64', [2]).data).toEqual(BigInt64Array.of(0n, 0n))
    expect(zeros('int4', [3]).data).toEqual(Uint8Array.of(0, 0))
    expect(full('float32', [2, 1], 0.5)).toEqual(float32([2, 1], [0.5, 0.5]))
  })

  test('of another type than a network should give is refused with what gave it', () => {
    expect(requireFloat32(zeros('float32', []), 'The decoder')).toEqual(float32([], [0]))
    expect(() => requireFloat32(zeros('float16', []), 'The decoder')).toThrow('The decoder gives float16')
    expect(() => requireFloat32(undefined, 'The decoder')).toThrow('The decoder gives nothing')
  })
})
