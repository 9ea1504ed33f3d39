import { describe, expect, test } from 'vitest'
import type { Box } from '@patchbay/engine/workflow'
import { instance } from '../../testing/manifests.ts'
import { movedWithGroups, roomBelow, spread } from './room.ts'

const box = (x: number, y: number, height = 100): Box => ({ x, y, width: 200, height })

describe('a node that grows', () => {
  const before = new Map([['a', box(0, 0)]])
  test('pushes down what it would cover, and what that would cover', () => {
    const boxes = new Map([
      ['a', box(0, 0, 300)],
      ['b', box(50, 120)],
      ['c', box(50, 230)],
      ['d', box(400, 120)],
    ])
    expect(roomBelow(boxes, before)).toEqual(
      new Map([
        ['b', { x: 50, y: 324 }],
        ['c', { x: 50, y: 448 }],
      ]),
    )
  })
  test('leaves what it covered before, and what is above it', () => {
    const boxes = new Map([
      ['a', box(0, 0, 300)],
      ['under', box(20, 50)],
    ])
    expect(roomBelow(boxes, before).size).toBe(0)
  })
  test('moves nothing when there is room', () => {
    const boxes = new Map([
      ['a', box(0, 0, 110)],
      ['b', box(0, 120)],
    ])
    expect(roomBelow(boxes, before).size).toBe(0)
  })
})

test('nodes that lie on one another are spread downwards, however many', () => {
  const boxes = new Map([
    ['a', box(0, 0)],
    ['b', box(0, 0)],
    ['c', box(0, 0)],
    ['far', box(900, 0)],
  ])
  expect(spread(boxes)).toEqual(
    new Map([
      ['b', { x: 0, y: 124 }],
      ['c', { x: 0, y: 248 }],
    ]),
  )
})

test('a group grows with the nodes that it holds', () => {
  const graph = {
    nodes: { a: instance('Sample') },
    layout: { nodes: { a: { x: 20, y: 60 } }, groups: { 1: { x: 0, y: 0, width: 240, height: 200, title: 'G' } } },
  }
  const boxes = new Map([['a', box(20, 60)]])
  const { layout } = movedWithGroups(graph, boxes, new Map([['a', { x: 20, y: 400 }]]))
  expect(layout?.nodes?.['a']).toEqual({ x: 20, y: 400 })
  expect(layout?.groups?.['1']).toMatchObject({ x: 0, y: 0, width: 244, height: 524 })
})
