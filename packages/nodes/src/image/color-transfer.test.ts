import { float32 } from '@patchbay/onnx/tensor'
import { expect, test } from 'vitest'
import { map } from '../tensor/index.ts'
import { withColorsOf } from './color-transfer.ts'
import { isGrey } from './image.ts'

const picture = (of: (pixel: number) => readonly number[]) =>
  float32([1, 4, 4, 3], Float32Array.from(Array.from({ length: 16 }, (_, pixel) => of(pixel)).flat()))
const target = picture((pixel) => [0.2 + pixel / 100, 0.4, 0.3 + pixel / 200])
const reference = picture((pixel) => [0.6, 0.3 + pixel / 80, 0.5])
const meanOf = (data: ArrayLike<number>, channel: number) =>
  Array.from(data).reduce((sum, value, at) => (at % 3 === channel ? sum + value / 16 : sum), 0)

test('colours are those of the reference, in the mean and in the spread', () => {
  const matched = withColorsOf(target, reference, { strength: 1 })
  for (const channel of [0, 1, 2]) {
    expect(meanOf(matched.data, channel)).toBeCloseTo(meanOf(reference.data, channel), 1)
  }
})

test('a picture that is matched to itself, or with no strength, stays as it is', () => {
  for (const same of [
    withColorsOf(target, target, { strength: 1 }),
    withColorsOf(target, reference, { strength: 0 }),
  ]) {
    expect(Math.max(...same.data.map((value, at) => Math.abs(value - (target.data[at] ?? 0))))).toBeLessThan(0.01)
  }
})

test('what is excluded is not counted', () => {
  const spoilt = picture((pixel) => (pixel < 4 ? [1, 0, 0] : [0.6, 0.4, 0.5]))
  const excluded = float32(
    [1, 4, 4],
    Float32Array.from({ length: 16 }, (_, pixel) => (pixel < 4 ? 1 : 0)),
  )
  const matched = withColorsOf(target, spoilt, { strength: 1, excluded })
  expect(meanOf(matched.data, 0)).toBeCloseTo(0.6, 1)
})

test('a picture is grey where its three channels are one', () => {
  expect(isGrey(target)).toBe(false)
  expect(isGrey(map(target, () => 0.5))).toBe(true)
})
