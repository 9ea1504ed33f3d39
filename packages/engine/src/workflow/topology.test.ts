import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Graph,
  ancestorsOf,
  findCycle,
  linksFrom,
  linksInto,
  nodeOf,
  sourcesOf,
  topologicalOrder,
} from './topology.ts'

/** A graph from each node's sources. */
function graphOf(sources: { readonly [id: string]: readonly string[] }): Graph {
  return {
    nodes: Object.fromEntries(
      Object.entries(sources).map(([id, from]) => [
        id,
        { type: 'T', version: 1, values: {}, links: { in: from.map((node) => ({ node, output: 'out' })) } },
      ]),
    ),
  }
}
const diamond = graphOf({ d: ['b', 'c'], b: ['a'], c: ['a'], a: [], x: ['y'], y: [] })

test('ancestors are what a node needs, and nothing else', () => {
  expect([...ancestorsOf(diamond, ['d'])].sort()).toEqual(['a', 'b', 'c', 'd'])
  expect([...ancestorsOf(diamond, ['nowhere'])]).toEqual([])
})

test('each link tells its input and its place in a list', () => {
  const node = diamond.nodes['d']!
  expect(linksInto(node)).toEqual([
    { input: 'in', index: 0, link: { node: 'b', output: 'out' } },
    { input: 'in', index: 1, link: { node: 'c', output: 'out' } },
  ])
  expect(linksFrom(diamond, { node: 'a', output: 'out' })).toEqual([
    { node: 'b', input: 'in', index: 0 },
    { node: 'c', input: 'in', index: 0 },
  ])
})

test('a link to a node that every object seems to have leads nowhere', () => {
  expect(nodeOf(diamond, 'toString')).toBeUndefined()
  expect(sourcesOf(graphOf({ a: ['constructor'] }), 'a')).toEqual([])
})

test('an order puts every node after its sources, in random graphs without cycles', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 30 }), (picks) => {
      const graph = graphOf(
        Object.fromEntries(picks.map((from, i) => [`n${i}`, i === 0 ? [] : from.map((k) => `n${k % i}`)])),
      )
      const order = topologicalOrder(graph)
      expect([...order].sort()).toEqual(Object.keys(graph.nodes).sort())
      for (const [place, id] of order.entries()) {
        for (const source of sourcesOf(graph, id)) expect(order.indexOf(source)).toBeLessThan(place)
      }
      expect(findCycle(graph)).toBeUndefined()
    }),
  )
})

test('a cycle is told as the path round it, and each of its links exists', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 }), (picks) => {
      const graph = graphOf(
        Object.fromEntries(picks.map((from, i) => [`n${i}`, from.map((k) => `n${k % picks.length}`)])),
      )
      const cycle = findCycle(graph)
      const isAcyclic = topologicalOrder(graph).length === picks.length
      expect(cycle === undefined).toBe(isAcyclic)
      if (!cycle) return
      expect(cycle[0]).toBe(cycle.at(-1))
      expect(new Set(cycle).size).toBe(cycle.length - 1)
      for (const [i, id] of cycle.slice(1).entries()) expect(sourcesOf(graph, id)).toContain(cycle[i])
    }),
  )
})

describe('a chain of 20,000 nodes', () => {
  const length = 20_000
  const sources: Record<string, string[]> = {}
  for (let i = length - 1; i >= 0; i--) sources[`n${i}`] = i === 0 ? [] : [`n${i - 1}`]
  const chain = graphOf(sources)

  test('overflows no stack', () => {
    expect(topologicalOrder(chain)).toHaveLength(length)
    expect(ancestorsOf(chain, [`n${length - 1}`]).size).toBe(length)
    expect(findCycle(chain)).toBeUndefined()
  })

  test('closed to a ring, is found as one cycle', () => {
    const ring = graphOf({ ...sources, n0: [`n${length - 1}`] })
    expect(findCycle(ring)).toHaveLength(length + 1)
    expect(topologicalOrder(ring)).toEqual([])
  })
})
