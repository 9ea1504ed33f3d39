import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { pngOf } from '../testing/png.ts'
import { fitMask, fitPicture, pictureSize } from './fit-picture.ts'

const limit = 1_000_000
/** Two pixels: the left one dark and seen through, the right one light and solid. */
const halves = () =>
  sharp(Buffer.from([0, 0, 0, 0, 255, 255, 255, 255]), { raw: { width: 2, height: 1, channels: 4 } })
    .png()
    .toBuffer()
const alphaOf = async (png: Buffer) => [...(await sharp(png).extractChannel(3).raw().toBuffer())]

describe('what is to be made anew is transparent', () => {
  test.each([
    ['where the mask is transparent', { from: 'alpha' }, [0, 255]],
    ['where the mask is not, inverted', { from: 'alpha', inverted: true }, [255, 0]],
    ['where the mask is light', { from: 'light' }, [255, 0]],
    ['where the mask is dark, inverted', { from: 'light', inverted: true }, [0, 255]],
  ] as const)('%s', async (_, how, alpha) => {
    expect(await alphaOf(await fitMask(await halves(), { width: 2, height: 1 }, how, limit))).toEqual(alpha)
  })
})

test('a picture is brought to the size and loses its transparency', async () => {
  const fitted = await fitPicture(await halves(), { width: 16, height: 8 }, limit)
  expect(await sharp(fitted).metadata()).toMatchObject({ width: 16, height: 8, channels: 3, format: 'png' })
})

test('its size is told, and whether any of it is transparent', async () => {
  expect(await pictureSize(await halves(), limit)).toEqual({ width: 2, height: 1, hasAlpha: true })
  expect(await pictureSize(Buffer.from(pngOf(3, 4, [1, 2, 3])), limit)).toEqual({
    width: 3,
    height: 4,
    hasAlpha: false,
  })
})

test('no picture, or one of too many pixels, is refused with what helps', async () => {
  for (const read of [
    pictureSize(Buffer.from('x'), limit),
    fitPicture(Buffer.from(pngOf(64, 64, [1, 2, 3])), { width: 8, height: 8 }, 100),
  ])
    await expect(read).rejects.toMatchObject({ code: 'wrong-file-type', hint: 'Send a PNG, JPEG or WebP.' })
})
