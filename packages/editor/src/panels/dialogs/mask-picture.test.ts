import { encode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { maskedPng, maskOf, opaque, pixelsOfPng, type Pixels } from './mask-picture.ts'

const picture: Pixels = {
  width: 2,
  height: 1,
  data: Uint8ClampedArray.from([200, 100, 50, 255, 10, 20, 30, 255]),
}
const tint = [255, 77, 109] as const
/** The right pixel is painted. */
const painted: Pixels = { ...picture, data: Uint8ClampedArray.from([0, 0, 0, 0, ...tint, 255]) }

describe('a picture with a painted mask', () => {
  const masked = pixelsOfPng(maskedPng(picture, painted))

  test('is transparent where it was painted, and keeps its colours there', () => {
    expect([...(masked?.data ?? [])]).toEqual([200, 100, 50, 255, 10, 20, 30, 0])
  })
  test('shows the mask when it is opened again', () => {
    expect(masked && [...maskOf(masked, tint).data]).toEqual([...tint, 0, ...tint, 255])
  })
  test('shows the picture under the mask when it is opened again', () => {
    expect(masked && [...opaque(masked).data]).toEqual([...picture.data])
  })
  test('is as transparent as the stroke is opaque', () => {
    const half = { ...painted, data: Uint8ClampedArray.from([0, 0, 0, 0, ...tint, 100]) }
    expect(pixelsOfPng(maskedPng(picture, half))?.data[7]).toBe(155)
  })
})

describe('the pixels of a file', () => {
  test('without an alpha channel are opaque', () => {
    const plain = encode({ width: 1, height: 1, data: Uint8Array.from([1, 2, 3]), channels: 3, depth: 8 })
    expect([...(pixelsOfPng(plain)?.data ?? [])]).toEqual([1, 2, 3, 255])
  })
  test('that is no PNG, or one of 16 bits, are left to the browser', () => {
    expect(pixelsOfPng(Uint8Array.from([0xff, 0xd8, 0xff]))).toBeUndefined()
    const deep = encode({ width: 1, height: 1, data: Uint16Array.from([1, 2, 3]), channels: 3, depth: 16 })
    expect(pixelsOfPng(deep)).toBeUndefined()
  })
})
