import sharp from 'sharp'
import { expect, test } from 'vitest'
import {
  croppedMask,
  filledPicture,
  fittedMask,
  fittedPicture,
  opaquePicture,
  paintedMask,
  regionOfMask,
  softenedMask,
} from './inpaint-picture.ts'

const limit = 1_000_000
const solid = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } })
/** Black with a white rectangle. */
const maskWith = (width: number, height: number, left: number, top: number, across: number, down: number) =>
  solid(width, height, 'black')
    .composite([{ input: { create: { width: across, height: down, channels: 3, background: 'white' } }, left, top }])
    .png()
    .toBuffer()
const pixel = async (png: Buffer, x: number, y: number) => [
  ...(await sharp(png).removeAlpha().extract({ left: x, top: y, width: 1, height: 1 }).raw().toBuffer()),
]
const kept = { inverted: false, hard: true }

test('a drawing is refused unread, whatever it draws', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>')
  await expect(opaquePicture(svg, limit)).rejects.toThrow('The picture cannot be read')
  await expect(paintedMask(svg, { width: 8, height: 8 }, kept, limit)).rejects.toThrow('The picture cannot be read')
})

test('what is transparent becomes white', async () => {
  const clear = await sharp({ create: { width: 2, height: 2, channels: 4, background: '#ff000000' } })
    .png()
    .toBuffer()
  expect(await pixel((await opaquePicture(clear, limit)).png, 0, 0)).toEqual([255, 255, 255])
})

test('a picture is distorted, cut, or drawn out into the margin', async () => {
  const halves = await solid(20, 10, 'red')
    .composite([{ input: { create: { width: 10, height: 10, channels: 3, background: 'blue' } }, left: 10, top: 0 }])
    .png()
    .toBuffer()
  const square = { width: 20, height: 20 }
  expect(await pixel(await fittedPicture(halves, square, 'stretch'), 2, 2)).toEqual([255, 0, 0])
  expect(await pixel(await fittedPicture(halves, square, 'cut'), 2, 2)).toEqual([255, 0, 0])
  const extended = await fittedPicture(halves, square, 'extend')
  expect(await pixel(extended, 2, 0)).toEqual([255, 0, 0])
  expect(await pixel(extended, 17, 19)).toEqual([0, 0, 255])
})

test('a mask is its transparency where it has any, else how light it is, and may be inverted', async () => {
  const size = { width: 8, height: 8 }
  const light = await paintedMask(await maskWith(8, 8, 0, 0, 4, 8), size, kept, limit)
  expect([light.values[0], light.values[7]]).toEqual([255, 0])
  const inverted = await paintedMask(await maskWith(8, 8, 0, 0, 4, 8), size, { inverted: true, hard: true }, limit)
  expect([inverted.values[0], inverted.values[7]]).toEqual([0, 255])
  const painted = await sharp({ create: { width: 8, height: 8, channels: 4, background: '#00000000' } })
    .composite([{ input: { create: { width: 4, height: 8, channels: 4, background: '#000' } }, left: 0, top: 0 }])
    .png()
    .toBuffer()
  const alpha = await paintedMask(painted, size, kept, limit)
  expect([alpha.values[0], alpha.values[7]]).toEqual([255, 0])
})

test('a softened mask fades across or down, as far as is asked', async () => {
  const mask = await paintedMask(await maskWith(64, 64, 0, 0, 32, 64), { width: 64, height: 64 }, kept, limit)
  const across = await softenedMask(mask, 4, 0)
  const [edge = 0, far, below] = [across.values[32], across.values[50], across.values[63 * 64 + 32]]
  expect(edge).toBeGreaterThan(60)
  expect(edge).toBeLessThan(140)
  expect([far, below]).toEqual([0, edge])
  expect((await softenedMask(mask, 0, 4)).values.equals(mask.values)).toBe(true)
})

test('the region of a mask has its margin and the proportions of the picture, and stays inside', async () => {
  const mask = await paintedMask(await maskWith(100, 100, 40, 40, 20, 10), { width: 100, height: 100 }, kept, limit)
  expect(regionOfMask(mask, 0, { width: 64, height: 64 })).toEqual({ x: 40, y: 35, width: 20, height: 20 })
  expect(regionOfMask(mask, 5, { width: 64, height: 64 })).toEqual({ x: 35, y: 30, width: 30, height: 30 })
  const corner = await paintedMask(await maskWith(100, 100, 0, 0, 10, 40), { width: 100, height: 100 }, kept, limit)
  expect(regionOfMask(corner, 4, { width: 64, height: 64 })).toEqual({ x: 0, y: 0, width: 44, height: 44 })
  const nothing = await paintedMask(await solid(9, 9, 'black').png().toBuffer(), { width: 9, height: 9 }, kept, limit)
  expect(regionOfMask(nothing, 4, { width: 64, height: 64 })).toBeUndefined()
})

test('a part of a mask, and a mask at another size, are that part and that size', async () => {
  const mask = await paintedMask(await maskWith(16, 16, 8, 0, 8, 16), { width: 16, height: 16 }, kept, limit)
  expect([...(await croppedMask(mask, { x: 6, y: 0, width: 4, height: 1 })).values]).toEqual([0, 0, 255, 255])
  expect([...(await fittedMask(mask, { width: 4, height: 1 }, 'stretch')).values].map(Math.round)).toHaveLength(4)
})

test('what is masked is filled with the colours around it', async () => {
  const picture = await solid(64, 64, '#c02020')
    .composite([{ input: { create: { width: 16, height: 16, channels: 3, background: 'lime' } }, left: 24, top: 24 }])
    .png()
    .toBuffer()
  const mask = await paintedMask(await maskWith(64, 64, 24, 24, 16, 16), { width: 64, height: 64 }, kept, limit)
  const filled = await filledPicture(picture, mask)
  const [red = 0, green = 255] = await pixel(filled, 32, 32)
  expect(red).toBeGreaterThan(180)
  expect(green).toBeLessThan(45)
  expect(await pixel(filled, 2, 2)).toEqual([0xc0, 0x20, 0x20])
})
