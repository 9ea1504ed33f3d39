import { expect, test } from 'vitest'
import { distanceTo, linkPieces, pathText, piecesPerSegment, piecesBehind } from './link-path.ts'

const points = [
  { x: 0, y: 0 },
  { x: 100, y: 60 },
  { x: 200, y: 0 },
]

test.each(['curved', 'straight', 'square'] as const)('a %s link passes through each of its points', (style) => {
  const pieces = linkPieces(points, style)
  expect(pieces).toHaveLength(2 * piecesPerSegment[style])
  expect(pieces[0]?.[0]).toEqual(points[0])
  expect(pieces[piecesPerSegment[style] - 1]?.[3]).toEqual(points[1])
  expect(pieces.at(-1)?.[3]).toEqual(points[2])
  for (const [index, piece] of pieces.slice(1).entries()) expect(piece[0]).toEqual(pieces[index]?.[3])
})

test('a square link has right angles only', () => {
  for (const [from, , , to] of linkPieces(points, 'square')) expect(from.x === to.x || from.y === to.y).toBe(true)
  expect(pathText(linkPieces(points.slice(0, 2), 'straight'))).toBe('M0 0C0 0 100 60 100 60')
})

test('a point on a link knows its piece', () => {
  const { distance, piece } = distanceTo(linkPieces(points, 'square'), { x: 150, y: 30 })
  expect(distance).toBeLessThan(2)
  expect(Math.floor(piece / piecesPerSegment.square)).toBe(1)
})

test('a link is behind the boxes that it crosses, but not behind those that it ends at', () => {
  const boxes = new Map([
    ['from', { x: -100, y: -50, width: 100, height: 100 }],
    ['between', { x: 200, y: -50, width: 100, height: 100 }],
    ['above', { x: 200, y: -300, width: 100, height: 100 }],
  ])
  const pieces = linkPieces([
    { x: 0, y: 0 },
    { x: 600, y: 0 },
  ])
  expect(piecesBehind(pieces, boxes, ['from'])).toEqual(['between'])
})
