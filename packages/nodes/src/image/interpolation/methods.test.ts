import { describe, expect, test } from 'vitest'
import { float32 } from '@patchbay/onnx/tensor'
import { bislerp } from './bislerp.ts'
import { cutToMultiple, cutToShape } from './cut-to-shape.ts'
import { lanczosInBytes } from './lanczos-in-bytes.ts'

const rounded = (data: Float32Array) => [...data].map((value) => Number(value.toFixed(4)))

describe('Lanczos in bytes', () => {
  const [height, width] = [6, 8]
  const source = float32(
    [1, height, width, 3],
    Float32Array.from({ length: height * width * 3 }, (_, i) => {
      const [y, x, c] = [Math.floor(i / (width * 3)), Math.floor(i / 3) % width, i % 3]
      return ((37 * y + 59 * x + 83 * c + 11 * x * y) % 256) / 255
    }),
  )
  const red = (size: { height: number; width: number }) =>
    [...lanczosInBytes(source, size).data].filter((_, i) => i % 3 === 0).map((value) => Math.round(value * 255))

  test('gives the bytes that Pillow 13 gives, smaller', () => {
    expect(red({ width: 3, height: 4 })).toEqual([76, 168, 104, 130, 154, 118, 153, 130, 165, 137, 115, 178])
  })

  test('gives the bytes that Pillow 13 gives, larger', () => {
    const larger = red({ width: 11, height: 9 })
    expect(larger.slice(0, 22)).toEqual([
      0, 25, 79, 116, 143, 240, 218, 40, 37, 135, 179, 12, 45, 94, 139, 217, 210, 119, 66, 140, 140, 76,
    ])
    expect(larger.slice(-11)).toEqual([204, 76, 53, 160, 24, 31, 190, 252, 117, 128, 244])
  })
})

describe('bislerp', () => {
  test('turns from one neighbour to the other, the length going along', () => {
    const { data, shape } = bislerp(float32([1, 2, 1, 2], Float32Array.of(3, 1, 0, 2)), { height: 1, width: 4 })
    expect(shape).toEqual([1, 2, 1, 4])
    // Of (3, 0) and (1, 2) at a quarter and at three quarters of the way, by the formula of Shoemake.
    expect(rounded(data)).toEqual([3, 2.7021, 1.6373, 1, 0, 0.7676, 1.7916, 2])
  })

  test('leaves neighbours of one direction, and mixes opposite ones', () => {
    const same = bislerp(float32([1, 2, 1, 2], Float32Array.of(1, 2, 0, 0)), { height: 1, width: 4 })
    expect(rounded(same.data).slice(0, 4)).toEqual([1, 1, 1, 2])
    const opposite = bislerp(float32([1, 1, 2, 1], Float32Array.of(2, -2)), { height: 4, width: 1 })
    expect(rounded(opposite.data)).toEqual([2, 1, -1, -2])
  })
})

describe('cutting', () => {
  const ramp = float32(
    [1, 6, 9],
    Float32Array.from({ length: 54 }, (_, i) => i),
  )

  test('takes the middle in the proportions of a size', () => {
    const wide = cutToShape(ramp, 1, { width: 20, height: 10 })
    expect([wide.shape, wide.data[0]]).toEqual([[1, 4, 9], 9])
    const tall = cutToShape(ramp, 1, { width: 10, height: 20 })
    expect([tall.shape, tall.data[0]]).toEqual([[1, 6, 3], 3])
  })

  test('to multiples leaves the odd sample behind', () => {
    expect(cutToMultiple(ramp, 1, 4).data.slice(0, 2)).toEqual(Float32Array.of(9, 10))
    expect(cutToMultiple(ramp, 1, 8).shape).toEqual([1, 6, 8])
  })
})
