import { describe, expect, test } from 'vitest'
import { float32, full } from '@patchbay/onnx/tensor'
import { growMask } from '../mask.ts'
import { blendImagesAsComfy, compositeImagesAsComfy } from './layers.ts'
import { combineMasksAsComfy, featherMaskAsComfy, padForOutpaintingAsComfy } from './masks.ts'
import { openSizeAsComfy, pixelSizeAsComfy, resizedAsComfy, scaledSizeAsComfy } from './resize.ts'

const mask = (...values: number[]) => float32([1, 1, values.length], Float32Array.from(values))
const grey = (...values: number[]) =>
  float32([1, 1, values.length, 3], Float32Array.from(values.flatMap((value) => [value, value, value])))
const red = (data: Float32Array) => [...data].filter((_, i) => i % 3 === 0).map((value) => Number(value.toFixed(4)))

describe('sizes', () => {
  test('halves go to the even number', () => {
    expect(scaledSizeAsComfy({ width: 5, height: 7 }, 0.5)).toEqual({ width: 2, height: 4 })
  })
  test('a side of 0 follows from the proportions, and both of 0 change nothing', () => {
    expect(openSizeAsComfy({ width: 40, height: 30 }, { width: 0, height: 60 })).toEqual({ width: 80, height: 60 })
    expect(openSizeAsComfy({ width: 40, height: 30 }, { width: 0, height: 0 })).toEqual({ width: 40, height: 30 })
  })
  test('so many pixels are met in steps', () => {
    const picture = full('float32', [1, 50, 100, 3], 0)
    expect(pixelSizeAsComfy(picture, 2 ** 20, 64)).toEqual({ width: 1472, height: 704 })
  })
  test('a picture is cut to the shape before it is resized', () => {
    expect(red(resizedAsComfy(grey(9, 1, 2, 9), { width: 2, height: 1 }, 'nearest', true).data)).toEqual([1, 2])
  })
})

describe('layers', () => {
  test('the difference keeps its sign until the end', () => {
    expect(red(blendImagesAsComfy(grey(0.6, 0.2), grey(0.4, 0.9), 'difference', 0.5).data)).toEqual([0.4, 0])
  })
  test('what lies on several pictures gives as many, and its own alpha counts for nothing', () => {
    const below = full('float32', [2, 1, 2, 3], 0)
    const above = float32([1, 1, 1, 4], Float32Array.of(1, 1, 1, 0))
    expect(red(compositeImagesAsComfy(below, above, { x: 1, y: 0 }).data)).toEqual([0, 1, 0, 1])
    expect(red(compositeImagesAsComfy(below, above, { x: 0, y: 0, resize: true }, mask(0.25)).data)).toEqual([
      0.25, 0.25, 0.25, 0.25,
    ])
  })
})

describe('masks', () => {
  test('fade by shares of a side; the right side begins with the first column', () => {
    const faded = featherMaskAsComfy(mask(1, 1, 1, 1, 1, 1), { left: 0, top: 0, right: 4, bottom: 0 })
    expect([...faded.data]).toEqual([0.25, 1, 1, 1, 0.75, 0.5])
    const left = featherMaskAsComfy(mask(1, 1, 1), { left: 2, top: 0, right: 0, bottom: 0 })
    expect([...left.data]).toEqual([0.5, 1, 1])
  })
  test('are combined at a place, one half counting as nothing', () => {
    const at = (operation: 'add' | 'subtract' | 'and' | 'exactly one', x: number) =>
      [...combineMasksAsComfy(mask(0.5, 1, 0.6), mask(0.8, 0.8), operation, { x, y: 0 }).data].map((value) =>
        Number(value.toFixed(2)),
      )
    expect(at('add', 1)).toEqual([0.5, 1, 1])
    expect(at('subtract', 2)).toEqual([0.5, 1, 0])
    expect(at('and', 0)).toEqual([0, 1, 0.6])
    expect(at('exactly one', 0)).toEqual([1, 0, 0.6])
  })
  test('grow as a diamond', () => {
    const dot = float32([1, 5, 5], new Float32Array(25))
    dot.data[12] = 1
    expect([...growMask(dot, 2, 'diamond').data]).toEqual([
      0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0,
    ])
  })
  test('for outpainting fade from the first pixel, nearer to the left than to the right, round middle grey', () => {
    const picture = full('float32', [1, 9, 9, 3], 1)
    const padded = padForOutpaintingAsComfy(picture, { left: 1, right: 1, top: 0, bottom: 0 }, 4)
    expect(padded.image.data[0]).toBe(0.5)
    expect([...padded.mask.data.slice(0, 11)]).toEqual([1, 1, 0.5625, 0.25, 0.0625, 0, 0, 0.0625, 0.25, 0.5625, 1])
    const small = padForOutpaintingAsComfy(picture, { left: 1, right: 0, top: 0, bottom: 0 }, 5)
    expect([...small.mask.data.slice(0, 10)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  })
})
