import { expect, test } from 'vitest'
import { float32 } from '@patchbay/onnx/tensor'
import { fromYuv, morphology, toYuv, type Morphology } from './morphology.ts'

const line = (...values: number[]) =>
  float32([1, 1, values.length, 3], Float32Array.from(values.flatMap((value) => [value, value, value])))
const red = (data: Float32Array) => [...data].filter((_, i) => i % 3 === 0)

test.each([
  ['dilate', [0, 1, 1, 1, 0, 0, 1, 1]],
  ['erode', [0, 0, 0, 0, 0, 0, 0, 0]],
  ['gradient', [0, 1, 1, 1, 0, 0, 1, 1]],
  ['top hat', [0, 0, 1, 0, 0, 0, 0, 1]],
  ['bottom hat', [0, 0, 0, 0, 0, 0, 0, 0]],
] as const)('%s over three pixels', (operation, expected) => {
  expect(red(morphology(line(0, 0, 1, 0, 0, 0, 0, 1), operation, 3).data)).toEqual(expected)
})

test('opening and closing leave what is as large as the square', () => {
  const of = (operation: Morphology) => red(morphology(line(0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0), operation, 3).data)
  expect(of('open')).toEqual([0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
  expect(of('close')).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0])
})

test('luma and differences of colour give the picture back', () => {
  const picture = float32([1, 1, 2, 3], Float32Array.of(0.9, 0.2, 0.1, 0.3, 0.6, 0.8))
  const [y, u, v] = toYuv(picture)
  expect(y.data[0]).toBeCloseTo(0.299 * 0.9 + 0.587 * 0.2 + 0.114 * 0.1, 6)
  expect(u.data[0]).toBeCloseTo((0.1 - (y.data[0] ?? 0)) * 0.564 + 0.5, 6)
  for (const [i, value] of fromYuv(y, u, v).data.entries()) expect(value).toBeCloseTo(picture.data[i] ?? NaN, 2)
})
