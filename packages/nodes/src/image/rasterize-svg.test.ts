import { expect, test } from 'vitest'
import { rasterizeSvg } from './rasterize-svg.ts'

const document = (box: string, body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${box}" width="${box.split(' ')[0]}" height="${box.split(' ')[1]}">${body}</svg>`

test('a vector edge on a pixel boundary stays sharp at any scale', async () => {
  const { pixels } = await rasterizeSvg(document('2 2', '<path fill="#f00" d="M0 0h1v2H0z"/>'), 4)
  const row = [...pixels.subarray(0, 16)]
  expect(row).toEqual([255, 0, 0, 255, 255, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0])
})

test('colours come multiplied by their alpha', async () => {
  const { pixels } = await rasterizeSvg(document('1 1', '<path fill="#f80" fill-opacity=".5" d="M0 0h1v1H0z"/>'), 1)
  const [red, green, blue, alpha] = pixels
  expect(alpha).toBe(128)
  expect(red).toBe(128)
  expect(green).toBeCloseTo(68, -0.5)
  expect(blue).toBe(0)
})

test('a wide drawing is centred on a transparent square', async () => {
  const { width, height, pixels } = await rasterizeSvg(document('4 2', '<path fill="#fff" d="M0 0h4v2H0z"/>'), 4)
  expect([width, height]).toEqual([4, 4])
  const alphaOfRows = [0, 1, 2, 3].map((row) => pixels[row * 16 + 3])
  expect(alphaOfRows).toEqual([0, 255, 255, 0])
})
