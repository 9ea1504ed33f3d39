import { describe, expect, test } from 'vitest'
import { instance } from '../../testing/manifests.ts'
import type { Graph } from './graph.ts'
import { circleThrough, connect, disconnect, disconnectFrom, linkKey, linksInto, linksOf } from './links.ts'

const from = (node: string) => ({ node, output: 'out' })
const graph: Graph = {
  nodes: {
    1: instance('A'),
    2: instance('B', { links: { in: from('1') } }),
    3: instance('C', { links: { list: [from('1'), from('2')], outer: { input: 'size' } } }),
  },
  layout: { reroutes: { '2.in': [{ x: 1, y: 1 }], '3.list.1': [{ x: 2, y: 2 }] } },
}
const sources = (of: Graph, node: string): string[] => linksInto(of, node).map((link) => link.from)

describe('links of a graph', () => {
  test('an input that takes several has a link with a key for each, in order', () => {
    expect(linksInto(graph, '3').map(({ key, from: source, index }) => [key, source, index])).toEqual([
      ['3.list.0', '1', 0],
      ['3.list.1', '2', 1],
    ])
  })
  test('an input fed by the sub-workflow around it is no link between nodes', () => {
    expect(linksOf(graph).some((link) => link.input === 'outer')).toBe(false)
  })
  test('a node that is not there has no links', () => expect(linksInto(graph, '9')).toEqual([]))
  test('the key of a link names its input, and its place where there are several', () => {
    expect([linkKey('3', 'in'), linkKey('3', 'in', 2)]).toEqual(['3.in', '3.in.2'])
  })
})

describe('linking', () => {
  test('a list input gains a link, any other input gets it in place of what it had', () => {
    const several = connect(graph, from('2'), { node: '3', input: 'list', list: true })
    expect(several).toBe(graph)
    const third = connect(graph, { node: '1', output: 'other' }, { node: '3', input: 'list', list: true })
    expect(linksInto(third, '3')).toHaveLength(3)
    const replaced = connect(graph, { node: '3', output: 'out' }, { node: '2', input: 'in', list: false })
    expect(sources(replaced, '2')).toEqual(['3'])
  })
  test('the same link again changes nothing', () => {
    expect(connect(graph, from('1'), { node: '2', input: 'in', list: false })).toBe(graph)
  })
  test('a link to a node that is not there changes nothing', () => {
    expect(connect(graph, from('1'), { node: '9', input: 'in', list: false })).toBe(graph)
  })
})

describe('unlinking', () => {
  test('takes one link out of several and leaves the rest in order', () => {
    const cut = disconnect(graph, { to: '3', input: 'list', index: 0 })
    expect(sources(cut, '3')).toEqual(['2'])
  })
  test('takes the reroute points of the link along', () => {
    expect(disconnect(graph, { to: '2', input: 'in' }).layout?.reroutes).toEqual({ '3.list.1': [{ x: 2, y: 2 }] })
  })
  test('of an input without a link changes nothing', () => {
    expect(disconnect(graph, { to: '1', input: 'in' })).toBe(graph)
  })
  test('of all that a node feeds leaves what others feed', () => {
    const cut = disconnectFrom(graph, new Set(['1']))
    expect(linksOf(cut).map((link) => [link.from, link.to])).toEqual([['2', '3']])
  })
})

describe('circles', () => {
  test('a node cannot feed itself', () => expect(circleThrough(graph, '1', '1')).toEqual(['1', '1']))
  test('a link back to what feeds a node names the nodes of the circle', () => {
    expect(circleThrough(graph, '3', '1')).toEqual(expect.arrayContaining(['1', '3']))
    expect(circleThrough(graph, '3', '1')?.at(0)).toBe('1')
    expect(circleThrough(graph, '3', '1')?.at(-1)).toBe('1')
  })
  test('a link onwards closes none', () => expect(circleThrough(graph, '1', '3')).toBeUndefined())
})
