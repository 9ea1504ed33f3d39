import { expect, test } from 'vitest'
import { augmentedPictures } from './augment.ts'

/** One picture of 2 × 2: red, half-clear black; clear, blue. */
const pixels = Uint8Array.from([255, 0, 0, 255, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 255, 255])
const set = { pixels, size: 2 }
const draw = { seed: 3, step: 0 }
const planeOf = (values: Float32Array, c: number): number[] => [...values.subarray(c * 4, c * 4 + 4)]

test('without augmentation a picture is composed over white, channels first, in -1 to 1', () => {
  const values = augmentedPictures(set, [0], {}, draw)
  const grey = 2 * (127 / 255) - 1
  expect(planeOf(values, 0)).toEqual([1, expect.closeTo(grey, 6), 1, -1])
  expect(planeOf(values, 2)).toEqual([-1, expect.closeTo(grey, 6), 1, 1])
})

test('a mirrored picture swaps its columns and nothing else', () => {
  const plain = augmentedPictures(set, [0], {}, draw)
  const mirrored = augmentedPictures(set, [0], { mirrored: 1 }, draw)
  const [a = 0, b = 0, c = 0, d = 0] = planeOf(plain, 0)
  expect(planeOf(mirrored, 0)).toEqual([b, a, d, c])
})

test('a coloured background shows only through what is clear', () => {
  const values = augmentedPictures(set, [0], { coloured: 1 }, draw)
  expect(values[0]).toBe(1)
  expect(values[2]).not.toBe(1)
})

test('a shifted picture keeps its colours: its border is repeated', () => {
  for (let step = 0; step < 20; step++) {
    const values = augmentedPictures(set, [0], { shift: 1 }, { seed: 1, step })
    const known = planeOf(augmentedPictures(set, [0], {}, draw), 0)
    expect(planeOf(values, 0).every((value) => known.includes(value))).toBe(true)
  }
})

test('the same step gives the same pictures, another step others', () => {
  const all = { mirrored: 0.5, shift: 1, coloured: 0.5 }
  const rows = [0, 0, 0, 0]
  const first = augmentedPictures(set, rows, all, { seed: 1, step: 4 })
  expect(augmentedPictures(set, rows, all, { seed: 1, step: 4 })).toEqual(first)
  expect(augmentedPictures(set, rows, all, { seed: 1, step: 5 })).not.toEqual(first)
})
