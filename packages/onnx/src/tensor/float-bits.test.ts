import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { float16ToNumber, fromFloat32, numberToBfloat16, numberToFloat16, toFloat32 } from './float-bits.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe('small floats', () => {
  test('every float16 survives the way to a number and back', () => {
    const changed = Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => {
      const value = float16ToNumber(bits)
      return Number.isNaN(value) ? false : numberToFloat16(value) !== bits
    })
    expect(changed).toEqual([])
  })

  test('float16 rounds to the nearest, ties to the even neighbour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bfe }), fc.double({ min: 0, max: 1, noNaN: true }), (bits, part) => {
        const [low, high] = [float16ToNumber(bits), float16ToNumber(bits + 1)]
        const value = Math.fround(low + (high - low) * part)
        const below = value - low
        const above = high - value
        const expected = below < above ? bits : above < below ? bits + 1 : bits + (bits & 1)
        expect(numberToFloat16(value)).toBe(expected)
        expect(numberToFloat16(-value)).toBe(0x8000 | expected)
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  test('float16 overflows to infinity from half-way past its largest number', () => {
    expect([65504, 65519.9, 65520, 1e9, -1e9].map((value) => float16ToNumber(numberToFloat16(value)))).toEqual([
      65504,
      65504,
      Infinity,
      Infinity,
      -Infinity,
    ])
    expect(float16ToNumber(numberToFloat16(NaN))).toBeNaN()
  })

  test('bfloat16 rounds ties to even and keeps NaN a NaN', () => {
    expect(numberToBfloat16(1)).toBe(0x3f80)
    expect(numberToBfloat16(1 + 2 ** -8)).toBe(0x3f80)
    expect(numberToBfloat16(1 + 3 * 2 ** -8)).toBe(0x3f82)
    const nan = new Float32Array(new Uint32Array([0x7f800001]).buffer)
    expect(toFloat32('bfloat16', fromFloat32(nan, 'bfloat16'), 1)[0]).toBeNaN()
  })

  test('8-bit floats decode as OCP defines them: e4m3 has no infinity, e5m2 has', () => {
    expect([...toFloat32('float8e4m3fn', bytes(0x38, 0x7e, 0x7f, 0x01, 0xb8), 5)]).toEqual([1, 448, NaN, 2 ** -9, -1])
    expect([...toFloat32('float8e5m2', bytes(0x3c, 0x7b, 0x7c, 0x01, 0xfc), 5)]).toEqual([
      1,
      57344,
      Infinity,
      2 ** -16,
      -Infinity,
    ])
  })

  test('4-bit integers are packed low half first', () => {
    expect([...toFloat32('uint4', bytes(0x21, 0x0f), 3)]).toEqual([1, 2, 15])
    expect([...toFloat32('int4', bytes(0x8f, 0x07), 3)]).toEqual([-1, -8, 7])
  })

  test('64-bit integers become numbers', () => {
    expect([...toFloat32('int64', new Uint8Array(BigInt64Array.from([-3n, 7n]).buffer), 2)]).toEqual([-3, 7])
  })
})
