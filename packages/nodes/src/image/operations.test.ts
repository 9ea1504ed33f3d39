import { describe, expect, test } from 'vitest'
import { float32 } from '@patchbay/onnx/tensor'
import { batchImages, blendImages, blendModes, channelOf, compositeImages, solidImage } from './composite.ts'
import { addNoise, adjustColor, blur, findEdges, invert, posterize, sharpen } from './filter.ts'
import { resizeToFit } from './fit.ts'
import { cropImage, flipImage, joinImages, padImage, turnImage } from './geometry.ts'
import { alphaOfImage, imageFrom, withAlpha, withoutAlpha, type ImageTensor } from './image.ts'
import {
  combineMasks,
  featherMask,
  growMask,
  imageOfMask,
  invertMask,
  maskOfColor,
  solidMask,
  thresholdMask,
} from './mask.ts'

const size = (batch: number, height: number, width: number) => ({ batch, height, width })
const ramp = imageFrom({ batch: 2, height: 4, width: 6, channels: 3 }, (k, y, x, c) => (k * 3 + y * 6 + x + c) / 40)
const dot = (height: number, width: number) =>
  float32(
    [1, height, width],
    Float32Array.from({ length: height * width }, (_, i) => (i === Math.floor((height * width) / 2) ? 1 : 0)),
  )
const mean = ({ data }: { readonly data: Float32Array }) => data.reduce((sum, value) => sum + value, 0) / data.length
const rounded = (image: ImageTensor) => [...image.data].map((value) => Number(value.toFixed(4)))

test('a blur reaches as far as it is told, and mirrors the picture at its border', () => {
  const line = float32([1, 1, 4], Float32Array.from([1, 0, 0, 4]))
  const far = 1000
  expect([...blur(line, far, { reach: 1, edges: 'mirror' }).data].map((v) => Number((v * 3).toFixed(3)))).toEqual([
    1, 1, 4, 4,
  ])
  expect([...blur(line, far, { reach: 1 }).data].map((v) => Number((v * 3).toFixed(3)))).toEqual([2, 1, 4, 8])
})

describe('geometry', () => {
  test('a picture turned four times, or flipped twice, is as it was', () => {
    const turned = turnImage(turnImage(turnImage(turnImage(ramp, 1), 1), 1), 1)
    expect(turned).toEqual(ramp)
    expect(turnImage(turnImage(ramp, 2), -2)).toEqual(ramp)
    for (const direction of ['horizontal', 'vertical'] as const)
      expect(flipImage(flipImage(ramp, direction), direction)).toEqual(ramp)
  })

  test('a quarter turn takes the lower left corner to the upper left', () => {
    const corner = imageFrom({ ...size(1, 2, 3), channels: 3 }, (_k, y, x) => (y === 1 && x === 0 ? 1 : 0))
    expect(turnImage(corner, 1).shape).toEqual([1, 3, 2, 3])
    expect(turnImage(corner, 1).data[0]).toBe(1)
  })

  test('a margin that is cropped away again leaves the picture', () => {
    const padded = padImage(ramp, { left: 2, top: 1, right: 0, bottom: 3 }, [1, 0, 0])
    expect(padded.shape).toEqual([2, 8, 8, 3])
    expect([...padded.data.slice(0, 3)]).toEqual([1, 0, 0])
    expect(cropImage(padded, { x: 2, y: 1, width: 6, height: 4 })).toEqual(ramp)
  })

  test('a crop that reaches beyond the edge ends there', () => {
    expect(cropImage(ramp, { x: 4, y: -1, width: 9, height: 2 }).shape).toEqual([2, 1, 2, 3])
  })

  test('pictures are joined in a row, the lower one in the middle', () => {
    const joined = joinImages([solidImage('#ffffff', size(1, 4, 2)), solidImage('#ff0000', size(1, 2, 3))], 'right', {
      gap: 1,
      fill: [0, 0, 0],
    })
    expect(joined.shape).toEqual([1, 4, 6, 3])
    const row = (y: number) =>
      rounded(cropImage(joined, { x: 0, y, width: 6, height: 1 })).filter((_, i) => i % 3 === 0)
    expect([row(0), row(1)]).toEqual([
      [1, 1, 0, 0, 0, 0],
      [1, 1, 0, 1, 1, 1],
    ])
  })

  test.each([
    ['cover', [2, 8, 8, 3]],
    ['contain', [2, 8, 8, 3]],
    ['stretch', [2, 8, 8, 3]],
  ] as const)('%s fills the size that was asked for', (fit, shape) => {
    expect(resizeToFit(ramp, { width: 8, height: 8 }, fit, 'bilinear').shape).toEqual(shape)
    expect(resizeToFit(ramp, { width: 12, height: 0 }, fit, 'bilinear').shape).toEqual([2, 8, 12, 3])
  })
})

describe('filters', () => {
  test('a blur keeps the brightness and spreads by its radius', () => {
    const soft = blur(dot(41, 41), 3)
    expect(mean(soft) * 41 * 41).toBeCloseTo(1, 4)
    const spread = soft.data.reduce((sum, value, i) => sum + value * ((i % 41) - 20) ** 2, 0)
    expect(Math.sqrt(spread)).toBeCloseTo(3, 1)
  })

  test('sharpening a flat picture changes nothing, an edge grows', () => {
    const flat = solidImage('#808080', size(1, 5, 5))
    expect(rounded(sharpen(flat, 2, 3))).toEqual(rounded(flat))
    const edge = imageFrom({ ...size(1, 1, 6), channels: 3 }, (_k, _y, x) => (x < 3 ? 0.4 : 0.6))
    expect(sharpen(edge, 1, 1).data[8]).toBeLessThan(0.4)
  })

  test('colours that are not adjusted stay, and grey has no hue to turn', () => {
    expect(rounded(adjustColor(ramp, {}))).toEqual(rounded(ramp))
    const grey = solidImage('#808080', size(1, 1, 1))
    expect(rounded(adjustColor(grey, { hue: 120, saturation: 3 }))).toEqual(rounded(grey))
    const red = solidImage('#ff0000', size(1, 1, 1))
    expect(rounded(adjustColor(red, { hue: 120 }))).toEqual([0, 1, 0])
    expect(new Set(rounded(adjustColor(red, { saturation: 0 }))).size).toBe(1)
  })

  test('inverting twice gives the picture, and alpha stays', () => {
    expect(rounded(invert(invert(ramp)))).toEqual(rounded(ramp))
    expect(alphaOfImage(invert(withAlpha(ramp))).data.every((value) => value === 1)).toBe(true)
  })

  test('noise follows its seed, and picture k that of seed + k', () => {
    const grey = solidImage('#808080', size(2, 8, 8))
    const noisy = addNoise(grey, 5n, 0.1)
    expect(addNoise(grey, 5n, 0.1)).toEqual(noisy)
    const second = addNoise(solidImage('#808080', size(1, 8, 8)), 6n, 0.1)
    expect([...noisy.data.slice(8 * 8 * 3)]).toEqual([...second.data])
  })

  test('an edge is one line, and a flat picture has none', () => {
    const edge = imageFrom({ ...size(1, 9, 16), channels: 3 }, (_k, _y, x) => (x < 8 ? 0 : 1))
    const lines = channelOf(findEdges(edge, 0.2, 0.5), 'red')
    const middle = [...lines.data.slice(4 * 16, 5 * 16)]
    expect(middle.reduce((sum, value) => sum + value, 0)).toBeGreaterThanOrEqual(1)
    expect(middle.findIndex((value) => value === 1)).toBeGreaterThan(5)
    expect(mean(findEdges(solidImage('#123456', size(1, 9, 9)), 0.2, 0.5))).toBe(0)
  })

  test('two levels leave black and white', () => {
    expect(new Set(posterize(ramp, 2).data)).toEqual(new Set([0, 1]))
  })
})

describe('layers', () => {
  test.each(blendModes)('%s of amount 0 leaves the picture below', (mode) => {
    expect(rounded(blendImages(ramp, solidImage('#3366cc', size(1, 4, 6)), mode, 0))).toEqual(rounded(ramp))
  })

  test('white multiplied, black screened and black added change nothing; a picture less itself is black', () => {
    const [white, black] = [solidImage('#ffffff', size(1, 4, 6)), solidImage('#000000', size(1, 4, 6))]
    expect(rounded(blendImages(ramp, white, 'multiply', 1))).toEqual(rounded(ramp))
    expect(rounded(blendImages(ramp, black, 'screen', 1))).toEqual(rounded(ramp))
    expect(mean(blendImages(ramp, ramp, 'difference', 1))).toBe(0)
  })

  test('a picture is laid over another where its mask says, also partly outside', () => {
    const [below, above] = [solidImage('#000000', size(1, 3, 3)), solidImage('#ffffff', size(1, 2, 2))]
    const mask = float32([1, 2, 2], Float32Array.of(1, 0.5, 0, 1))
    const red = (image: ImageTensor) => [...channelOf(image, 'red').data]
    expect(red(compositeImages(below, above, { x: 1, y: 1 }, mask))).toEqual([0, 0, 0, 0, 1, 0.5, 0, 0, 1])
    expect(red(compositeImages(below, above, { x: -1, y: -1 }))).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  test('a batch takes the size of its first picture', () => {
    const batch = batchImages([ramp, solidImage('#ffffff', size(1, 9, 9))])
    expect(batch.shape).toEqual([3, 4, 6, 3])
    expect([...batch.data.slice(0, ramp.data.length)]).toEqual([...ramp.data])
    expect(batch.data.at(-1)).toBeCloseTo(1, 5)
  })

  test('alpha joined and split again is the same', () => {
    const alpha = float32(
      [1, 4, 6],
      Float32Array.from({ length: 24 }, (_, i) => i / 24),
    )
    const joined = withAlpha(ramp, alpha)
    expect([...alphaOfImage(joined).data.slice(24)]).toEqual([...alpha.data])
    expect(withoutAlpha(joined)).toEqual(ramp)
  })
})

describe('masks', () => {
  test('a dot grows to a disc or a square, and shrinks away', () => {
    const grown = growMask(dot(9, 9), 2, 'square')
    expect(grown.data.reduce((sum, value) => sum + value, 0)).toBe(25)
    expect(growMask(dot(9, 9), 2, 'round').data.reduce((sum, value) => sum + value, 0)).toBe(13)
    expect(growMask(grown, -2, 'square')).toEqual(dot(9, 9))
    expect(mean(growMask(dot(9, 9), -1, 'square'))).toBe(0)
  })

  test('a feathered side rises to full over its width', () => {
    const soft = featherMask(solidMask(1, { height: 1, width: 6 }), { left: 3, top: 0, right: 0, bottom: 0 })
    expect([...soft.data]).toEqual([0.25, 0.5, 0.75, 1, 1, 1])
  })

  test.each([
    ['add', [0, 1, 1]],
    ['subtract', [0, 0.25, 0]],
    ['multiply', [0, 0.375, 1]],
    ['and', [0, 1, 1]],
    ['or', [0, 1, 1]],
    ['exactly one', [0, 0, 0]],
  ] as const)('%s', (combination, expected) => {
    const [a, b] = [float32([1, 1, 3], Float32Array.of(0, 0.75, 1)), float32([1, 1, 3], Float32Array.of(0, 0.5, 1))]
    expect([...combineMasks(a, b, combination).data]).toEqual(expected)
  })

  test('a colour is found with its tolerance, and a mask is seen as grey', () => {
    const picture = imageFrom({ ...size(1, 1, 2), channels: 3 }, (_k, _y, x, c) => (c === 0 ? 1 : x * 0.1))
    expect([...maskOfColor(picture, '#ff0000', 0).data]).toEqual([1, 0])
    expect([...maskOfColor(picture, '#ff0000', 0.1).data]).toEqual([1, 1])
    expect(rounded(imageOfMask(float32([1, 1, 1], Float32Array.of(0.5))))).toEqual([0.5, 0.5, 0.5])
  })

  test('inverting and cutting at a threshold', () => {
    const mask = float32([1, 1, 2], Float32Array.of(0.25, 0.75))
    expect([...invertMask(mask).data]).toEqual([0.75, 0.25])
    expect([...thresholdMask(mask, 0.5).data]).toEqual([0, 1])
  })
})
