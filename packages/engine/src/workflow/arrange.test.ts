import { expect, test } from 'vitest'
import { assumedNodeSize, boundsOf, boxOf, placeMissing } from './arrange.ts'
import type { Graph } from './topology.ts'

const node = (...sources: string[]) => ({
  type: 'T',
  version: 1,
  values: {},
  links: { in: sources.map((source) => ({ node: source, output: 'out' })) },
})
const graph: Graph = { nodes: { a: node(), b: node(), c: node('a', 'b'), d: node('c', 'a') } }

test('nodes without a place stand to the right of what they need, and none on another', () => {
  const { nodes = {} } = placeMissing(graph)
  expect(nodes['c']!.x).toBeGreaterThan(nodes['a']!.x)
  expect(nodes['d']!.x).toBeGreaterThan(nodes['c']!.x)
  const boxes = Object.values(nodes).map(boxOf)
  for (const [i, p] of boxes.entries()) {
    for (const q of boxes.slice(i + 1)) {
      const apart = p.x + p.width <= q.x || q.x + q.width <= p.x || p.y + p.height <= q.y || q.y + q.height <= p.y
      expect(apart).toBe(true)
    }
  }
})

test('a node that has a place keeps it, and the others go below', () => {
  const layout = { nodes: { a: { x: 500, y: 300, title: 'A' } } }
  const placed = placeMissing(graph, layout)
  expect(placed.nodes?.['a']).toEqual({ x: 500, y: 300, title: 'A' })
  expect(placed.nodes?.['b']!.y).toBeGreaterThan(300 + assumedNodeSize.height)
  expect(placeMissing(graph, placed)).toBe(placed)
})

test('bounds hold every box', () => {
  expect(boundsOf([])).toBeUndefined()
  expect(
    boundsOf([
      { x: -10, y: 5, width: 20, height: 5 },
      { x: 0, y: 0, width: 100, height: 1 },
    ]),
  ).toEqual({ x: -10, y: 0, width: 110, height: 10 })
})
