import { expect, test } from 'vitest'
import { float32 } from '@patchbay/onnx/tensor'
import { interpolate } from './interpolate.ts'

const line = (...values: number[]) => float32([1, 1, values.length], Float32Array.from(values))
const rounded = (data: Float32Array) => [...data].map((value) => Number(value.toFixed(4)))

test.each([
  // A quarter as long: each sample is the mean of the two at its middle, and the edge between 0 and 1 stays an edge.
  ['bilinear', [0, 0, 0, 0, 1, 1, 1, 1], 2, [0, 1]],
  ['bilinear', [0, 1, 2, 3, 4, 5, 6, 7], 2, [1.5, 5.5]],
  // −0.75 · ( … ) at a distance of one half: −0.09375, 0.59375, 0.59375, −0.09375.
  ['bicubic', [0, 8, 0, 0, 0, 0, 0, 0], 2, [8 * 0.59375, 0]],
  ['nearest', [0, 1, 2, 3, 4, 5, 6], 3, [1, 3, 5]],
  // Torch's adaptive mean takes every sample that it touches, whole: here samples 0 to 2, and 2 to 4.
  ['area', [1, 2, 6, 0, 0], 2, [3, 2]],
  ['area', [2, 4], 3, [2, 3, 4]],
] as const)('%s resizes %j to %d samples as PyTorch does', (method, source, width, expected) => {
  expect(rounded(interpolate(line(...source), 1, { height: 1, width }, method).data)).toEqual(expected)
})

test('enlarging repeats the last sample beyond an end', () => {
  expect(rounded(interpolate(line(0, 4), 1, { height: 1, width: 4 }, 'bilinear').data)).toEqual([0, 1, 3, 4])
})

test('a size of nothing is refused', () => {
  expect(() => interpolate(line(1, 2), 1, { height: 1, width: 0 }, 'area')).toThrow('whole number of samples from 1')
})
