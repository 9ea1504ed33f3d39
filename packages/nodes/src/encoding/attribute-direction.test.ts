import { expect, test } from 'vitest'
import { float32, type Tensor } from '@patchbay/onnx/tensor'
import type { Dataset } from '../dataset/dataset.ts'
import { uniformSource } from '../random/uniform-source.ts'
import { LatentMean, latentDirection, meanLatents } from '../values/latent-mean.ts'
import { combineLatents } from '../values/latent-operations.ts'
import type { Latents } from '../values/latents.ts'
import { directionOf, dividedBy, meanOfPictures } from './attribute-direction.ts'

const latents = (shape: readonly number[], value: (i: number) => number, scale = 32): Latents => {
  const length = shape.reduce((product, size) => product * size, 1)
  return {
    tensor: float32(
      shape,
      Float32Array.from({ length }, (_, i) => value(i)),
    ),
    scale,
  }
}
const values = ({ tensor }: Latents): number[] => [...tensor.data]

test('the direction between two constant sets is their difference', () => {
  const direction = latentDirection(
    latents([3, 2, 2, 2], () => 5),
    latents([7, 2, 2, 2], () => 1.5),
  )
  expect(direction.tensor.shape).toEqual([1, 2, 2, 2])
  expect(direction.scale).toBe(32)
  expect(new Set(values(direction))).toEqual(new Set([3.5]))
})

test('what is added to each of a batch and taken away again leaves it as it was', () => {
  const batch = latents([4, 2, 1, 1], (i) => i / 8)
  const direction = latents([1, 2, 1, 1], (i) => 1 + i)
  const there = combineLatents(1, batch, 1.5, direction)
  expect(values(there)).toEqual(values(batch).map((value, i) => value + 1.5 * (1 + (i % 2))))
  expect(values(combineLatents(1, there, -1.5, direction))).toEqual(values(batch))
})

test('a mean of a batch is one set of latents, without the masks of the batch', () => {
  const batch: Latents = { ...latents([2, 1, 1, 2], (i) => i), noiseMask: float32([2, 1, 2], new Float32Array(4)) }
  expect(meanLatents(batch)).toEqual(latents([1, 1, 1, 2], (i) => i + 1))
})

test('a mean of latents of two sizes is refused with both', () => {
  const mean = new LatentMean()
  mean.add(latents([1, 2, 2, 2], () => 0).tensor)
  expect(() => mean.add(latents([1, 2, 2, 1], () => 0).tensor)).toThrow(
    'A mean takes latents of one size, but got [1, 2, 2, 2] and [1, 2, 2, 1]',
  )
})

/** Grey pictures of 2 × 2 pixels, as bright as the captions say. */
function greys(captionOf: (i: number) => string, brightnessOf: (i: number) => number, count: number): Dataset {
  const pixels = new Uint8Array(count * 16)
  for (let i = 0; i < count * 16; i++) pixels[i] = i % 4 === 3 ? 255 : brightnessOf(Math.floor(i / 16))
  const pictures = Array.from({ length: count }, (_, row) => ({ row, captions: [captionOf(row)] }))
  return { title: 'greys', size: 2, pixels, pictures, augmentation: {} }
}

test('a linear VAE shifts what it decodes by the column of its decoder', async () => {
  // Latent = 3 · first pixel's red; the decoder is its inverse, and the attribute is 51 / 255 brighter.
  const draw = uniformSource(2)
  const base = Array.from({ length: 40 }, () => Math.floor(draw() * 100))
  const dataset = greys(
    (i) => (i % 2 === 0 ? 'a bright face' : 'a dull face'),
    (i) => (base[Math.floor(i / 2)] ?? 0) + (i % 2 === 0 ? 51 : 0),
    80,
  )
  const sizes: number[] = []
  const encode = (pictures: Tensor): Promise<Tensor> => {
    const batch = pictures.shape[0] ?? 0
    sizes.push(batch)
    return Promise.resolve(
      float32(
        [batch, 1, 1, 1],
        Float32Array.from({ length: batch }, (_, k) => 3 * (pictures.data[k * 12] ?? 0)),
      ),
    )
  }
  const sides = dividedBy(dataset, { has: 'bright', lacks: 'dull' })
  const seen: number[] = []
  const mean = (set: Dataset): Promise<Tensor> => meanOfPictures(set, encode, (done) => void seen.push(done))
  const direction = directionOf(await mean(sides.with), await mean(sides.without), 2)
  expect((direction.tensor.data[0] ?? 0) / 3).toBeCloseTo(51 / 255, 5)
  expect(Math.max(...sizes)).toBeLessThan(40)
  expect(seen).toEqual([0, 16, 32, 0, 16, 32])
})

test('words are whole, in any case, and a side that nothing is on is named', () => {
  const dataset = greys(
    (i) => ['A Smiling face', 'a frowning face', 'smilingly', 'calm'][i] ?? '',
    () => 0,
    4,
  )
  const rows = (set: Dataset): number[] => set.pictures.map(({ row }) => row)
  expect(rows(dividedBy(dataset, { has: 'smiling', lacks: '' }).with)).toEqual([0])
  expect(rows(dividedBy(dataset, { has: 'smiling', lacks: '' }).without)).toEqual([1, 2, 3])
  expect(rows(dividedBy(dataset, { has: 'smiling face', lacks: 'frowning' }).without)).toEqual([1])
  expect(() => dividedBy(dataset, { has: 'winking', lacks: '' })).toThrow(
    'None of the 4 pictures of "greys" says "winking" in a caption.',
  )
  expect(() => dividedBy(dataset, { has: ' ', lacks: '' })).toThrow('A direction needs the words')
})
