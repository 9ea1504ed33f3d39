import { expect, test } from 'vitest'
import { float32, full, zeros } from '@patchbay/onnx/tensor'
import type { Control, ConditioningPart } from '../values/conditioning.ts'
import { placedSides } from './placed-parts.ts'

const latents = zeros('float32', [1, 4, 16, 24])
const text = (value: number): ConditioningPart => ({ embeddings: full('float32', [1, 1, 1], value) })
const area = { unit: 'pixels', x: 64, y: 0, width: 128, height: 64 } as const
const cells = { x: 8, y: 0, width: 16, height: 8 }
const place = (positive: readonly ConditioningPart[], negative: readonly ConditioningPart[]) =>
  placedSides(latents, 8, { positive, negative })
const controls = [{ strength: 1 } as Control]

test('an area of one side is guided from the other side in that same area, with its strength and its time', () => {
  const { positive, negative } = place([text(1), { ...text(2), area, strength: 0.5, during: [0, 0.4] }], [text(9)])
  expect(positive.map((part) => part.area)).toEqual([undefined, cells])
  expect(negative).toEqual([text(9), { ...text(9), area: cells, strength: 0.5, during: [0, 0.4] }])
})

test('the smallest part round an area speaks for it, and an area that both sides have is left', () => {
  const wide = { ...area, x: 0, width: 192 }
  const { negative } = place([{ ...text(1), area }], [text(8), { ...text(9), area: wide }])
  expect(negative.at(-1)).toEqual({ ...text(9), area: cells })
  expect(place([{ ...text(1), area }], [{ ...text(9), area }]).negative).toHaveLength(1)
  expect(place([{ ...text(1), area }], [{ ...text(9), area: { ...area, x: 0 } }]).negative).toHaveLength(1)
})

test('shares of a side are rounded as Python rounds, halves to the even number', () => {
  const share = { unit: 'share', x: 0, y: 2.5 / 16, width: 0.5, height: 4.5 / 16 } as const
  expect(place([{ ...text(1), area: share }], []).positive[0]?.area).toEqual({ x: 0, y: 2, width: 12, height: 4 })
})

test('a mask may cut the picture to its bounds, at least eight cells', () => {
  const mask = float32([1, 16, 24], new Float32Array(16 * 24))
  for (const at of [5 * 24 + 6, 15 * 24 + 8]) mask.data[at] = 1
  const { positive } = place([{ ...text(1), mask, isCutToMask: true }], [])
  expect(positive[0]?.area).toEqual({ x: 6, y: 5, width: 8, height: 11 })
})

test('shared controls reach a negative that has none of its own', () => {
  const positive = [{ ...text(1), controls, sharesControls: true }]
  expect(place(positive, [text(9)]).negative).toEqual([{ ...text(9), controls }])
  expect(place([{ ...text(1), controls }], [text(9)]).negative).toEqual([text(9)])
  const own = [{ strength: 0.5 } as Control]
  expect(place(positive, [{ ...text(9), controls: own }]).negative).toEqual([{ ...text(9), controls: own }])
})
