import { expect, test } from 'vitest'
import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { resample } from '../image/resample.ts'
import { sliceBatch } from '../tensor/index.ts'
import { decodeInTiles } from './tiled-decode.ts'

/** A decoder that sees no further than one latent, so that tiles can change nothing. */
const decode = (latents: Tensor): Promise<Tensor> => {
  const [, , height = 0, width = 0] = latents.shape
  return Promise.resolve(resample(latents, 2, { height: height * 4, width: width * 4 }, 'nearest'))
}
const latents = float32(
  [2, 3, 11, 7],
  Float32Array.from({ length: 2 * 3 * 11 * 7 }, (_, i) => (i % 17) / 17),
)

test.each([
  [16, 4],
  [12, 8],
  [4, 0],
  [400, 64],
])('tiles of %d pixels that share %d leave no seam and no gap', async (tile, overlap) => {
  const told: number[] = []
  const tiled = await decodeInTiles(decode, latents, 4, { tile, overlap }, (done, all) => told.push(done / all))
  const whole = await decode(latents)
  expect(tiled.shape).toEqual([2, 3, 44, 28])
  expect(Math.max(...tiled.data.map((value, i) => Math.abs(value - (whole.data[i] ?? NaN))))).toBeLessThan(1e-6)
  expect(told.at(-1)).toBe(1)
})

test('a run that is cancelled stops between two tiles', async () => {
  const stop = () => {
    throw new Error('cancelled')
  }
  await expect(decodeInTiles(decode, sliceBatch(latents, 0, 1), 4, { tile: 16, overlap: 4 }, stop)).rejects.toThrow(
    'cancelled',
  )
})
