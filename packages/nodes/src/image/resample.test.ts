import { describe, expect, test } from 'vitest'
import { float32 } from '@patchbay/onnx/tensor'
import { imageFrom } from './image.ts'
import { resample, resampleMethods, resizeImage } from './resample.ts'

describe.each(resampleMethods)('%s', (method) => {
  test('keeps a flat picture flat, up and down', () => {
    const flat = imageFrom({ batch: 2, height: 7, width: 5, channels: 3 }, (_k, _y, _x, c) => c / 4)
    for (const size of [
      { height: 13, width: 11 },
      { height: 2, width: 3 },
    ]) {
      const resized = resizeImage(flat, size, method)
      expect(resized.shape).toEqual([2, size.height, size.width, 3])
      for (const [i, value] of resized.data.entries()) expect(value).toBeCloseTo((i % 3) / 4, 6)
    }
  })

  test('gives the same picture at the same size', () => {
    const noise = imageFrom(
      { batch: 1, height: 6, width: 6, channels: 3 },
      (_k, y, x, c) => ((y * 31 + x * 17 + c * 5) % 23) / 22,
    )
    expect([...resizeImage(noise, { height: 6, width: 6 }, method).data]).toEqual(
      [...noise.data].map((value): unknown => expect.closeTo(value, 6)),
    )
  })

  test('mirrors when its input is mirrored', () => {
    const row = float32([1, 1, 5], Float32Array.of(0, 1, 0.25, 0.5, 0.75))
    const mirrored = float32([1, 1, 5], row.data.toReversed())
    const resized = resample(row, 1, { height: 1, width: 8 }, method).data
    const back = resample(mirrored, 1, { height: 1, width: 8 }, method).data.toReversed()
    if (method !== 'nearest') for (const [i, value] of resized.entries()) expect(value).toBeCloseTo(back[i] ?? NaN, 6)
  })
})

test('halving takes the mean of what falls together', () => {
  const row = float32([1, 1, 4], Float32Array.of(0, 1, 0.5, 0.5))
  expect([...resample(row, 1, { height: 1, width: 2 }, 'area').data]).toEqual([0.5, 0.5])
})

test('bilinear and bicubic enlarge as PyTorch does (align_corners=False)', () => {
  const row = float32([1, 1, 3], Float32Array.of(0, 1, 3))
  // torch.nn.functional.interpolate(torch.tensor([[[0., 1, 3]]])[None], size=(1, 6), mode=…)
  expect([...resample(row, 1, { height: 1, width: 6 }, 'bilinear').data]).toEqual([0, 0.25, 0.75, 1.5, 2.5, 3])
  const cubic = [...resample(row, 1, { height: 1, width: 6 }, 'bicubic').data]
  const expected = [-0.10546875, 0.15625, 0.5625, 1.55859375, 2.58203125, 3.2109375]
  for (const [i, value] of cubic.entries()) expect(value).toBeCloseTo(expected[i] ?? NaN, 6)
})

test('nearest takes the sample in whose cell the middle lies', () => {
  const row = float32([1, 1, 3], Float32Array.of(0, 1, 2))
  expect([...resample(row, 1, { height: 1, width: 5 }, 'nearest').data]).toEqual([0, 0, 1, 2, 2])
})

test('a size of nothing is refused', () => {
  const row = float32([1, 1, 1], Float32Array.of(0))
  expect(() => resample(row, 1, { height: 0, width: 4 }, 'area')).toThrow('4 × 0')
})
