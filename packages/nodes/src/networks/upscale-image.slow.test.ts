import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { imageFrom } from '../image/image.ts'
import { resizeImage } from '../image/resample.ts'
import { createSessions } from './sessions.ts'
import { upscaleImage } from './upscale-image.ts'
import { parseUpscaler } from './upscaler.ts'
import { openWeightFile } from '../weights/weight-file.ts'

const file = fileURLToPath(new URL('../../assets/upscale_models/esrgan-medium-4x.safetensors', import.meta.url))
const model = { key: 'bundled', upscaler: parseUpscaler(openWeightFile(file)) }
const sessions = createSessions()
afterAll(() => sessions.clear())

/** A disc with a sharp edge on a soft slope, [1, size, size, 3]. */
const disc = (size: number) =>
  imageFrom({ batch: 1, height: size, width: size, channels: 3 }, (_, y, x, c) =>
    Math.hypot(y + 0.5 - size / 2, x + 0.5 - size / 2) < size / 3 ? [0.9, 0.6, 0.2][c]! : x / size / 2,
  )

const meanError = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? NaN)), 0) / a.length

/** The largest step between neighbours in the middle row of a picture of 96 pixels: how sharp its edges are. */
const sharpness = (data: Float32Array) =>
  Math.max(...Array.from({ length: 95 }, (_, x) => Math.abs(data[(48 * 96 + x + 1) * 3]! - data[(48 * 96 + x) * 3]!)))

describe('the bundled upscaler', () => {
  test('draws the same picture four times larger, with sharper edges than plain enlargement', async () => {
    const [small, large] = [disc(24), disc(96)]
    const enlarged = await upscaleImage(sessions, model, small, { tile: 256, overlap: 0 })
    expect(enlarged.shape).toEqual([1, 96, 96, 3])
    const plain = resizeImage(small, { width: 96, height: 96 }, 'bilinear')
    expect(meanError(enlarged.data, large.data)).toBeLessThan(0.03)
    expect(sharpness(enlarged.data)).toBeGreaterThan(1.5 * sharpness(plain.data))
  })

  test('gives in tiles what it gives at once, without a seam', async () => {
    const whole = await upscaleImage(sessions, model, disc(40), { tile: 256, overlap: 20 })
    const progress: (readonly [number, number])[] = []
    const options = { tile: 24, overlap: 20, onTile: (done: number, tiles: number) => progress.push([done, tiles]) }
    const tiled = await upscaleImage(sessions, model, disc(40), options)
    const largest = whole.data.reduce(
      (most, value, index) => Math.max(most, Math.abs(value - (tiled.data[index] ?? NaN))),
      0,
    )
    expect(largest).toBeLessThan(1e-3)
    expect(progress).toEqual([1, 2, 3, 4].map((done) => [done, 4]))
  })

  test('stops between tiles', async () => {
    const controller = new AbortController()
    const onTile = () => controller.abort(new Error('enough'))
    const options = { tile: 32, overlap: 4, signal: controller.signal, onTile }
    await expect(upscaleImage(sessions, model, disc(64), options)).rejects.toThrow('enough')
  })
})
