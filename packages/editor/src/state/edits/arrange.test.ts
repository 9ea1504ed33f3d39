import { describe, expect, test } from 'vitest'
import type { Box } from '@patchbay/engine/workflow'
import { align, distribute, snapped } from './arrange.ts'

const boxes = new Map<string, Box>([
  ['a', { x: 0, y: 0, width: 100, height: 50 }],
  ['b', { x: 150, y: 60, width: 50, height: 20 }],
  ['c', { x: 260, y: 10, width: 40, height: 100 }],
])

describe('aligning', () => {
  test.each([
    ['left', 'x', [0, 0, 0]],
    ['right', 'x', [200, 250, 260]],
    ['center', 'x', [100, 125, 130]],
    ['top', 'y', [0, 0, 0]],
    ['bottom', 'y', [60, 90, 10]],
    ['middle', 'y', [30, 45, 5]],
  ] as const)('to the %s puts that edge of each box on one line', (edge, axis, expected) => {
    expect([...align(boxes, edge).values()].map((point) => point[axis])).toEqual(expected)
  })
  test('leaves the other axis as it is', () => expect(align(boxes, 'left').get('b')?.y).toBe(60))
  test('of nothing is nothing', () => expect(align(new Map(), 'left').size).toBe(0))
})

describe('distributing', () => {
  test('makes the gaps across equal, and the outermost stay', () => {
    const places = distribute(boxes, 'x')
    expect([...places].map(([id, { x }]) => [id, x])).toEqual([
      ['a', 0],
      ['b', 155],
      ['c', 260],
    ])
  })
  test('goes by where the boxes stand, not by their order', () => {
    expect([...distribute(boxes, 'y').keys()]).toEqual(['a', 'c', 'b'])
  })
  test('of two boxes has no gap to share', () => {
    expect(distribute(new Map([...boxes].slice(0, 2)), 'x').size).toBe(0)
  })
})

test('snapping goes to the nearest line of the grid', () => {
  expect(snapped({ x: 17, y: -7 }, 12)).toEqual({ x: 12, y: -12 })
})
