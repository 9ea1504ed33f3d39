import { describe, expect, test } from 'vitest'
import { instance } from '../../testing/manifests.ts'
import type { Graph } from './graph.ts'
import { linksOf } from './links.ts'
import { addNode, moveNodes, patchNodeLayout, removeNodes, setValue, toggleMode } from './nodes.ts'

const from = (node: string) => ({ node, output: 'out' })
const chain: Graph = {
  nodes: {
    1: instance('A'),
    2: instance('B', { links: { in: from('1') }, values: { size: 3 } }),
    3: instance('C', { links: { in: from('2') } }),
  },
  layout: { nodes: { 1: { x: 0, y: 0 }, 2: { x: 9, y: 9, title: 'Middle' } }, reroutes: { '2.in': [{ x: 1, y: 1 }] } },
}

describe('adding and removing nodes', () => {
  test('a fresh node has no values or links, and stands where it was put', () => {
    const added = addNode(chain, '4', { type: 'D', version: 2 }, { x: 5, y: 6 })
    expect(added.nodes['4']).toEqual({ type: 'D', version: 2, values: {}, links: {} })
    expect(added.layout?.nodes?.['4']).toEqual({ x: 5, y: 6 })
  })
  test('a removed node takes its links, its place and its reroute points along', () => {
    const rest = removeNodes(chain, ['2'])
    expect(Object.keys(rest.nodes)).toEqual(['1', '3'])
    expect(linksOf(rest)).toEqual([])
    expect(rest.layout).toEqual({ nodes: { 1: { x: 0, y: 0 } }, reroutes: {} })
  })
  test('removing what is not there changes nothing', () => expect(removeNodes(chain, ['9'])).toBe(chain))
  test('with a bridge, what fed a removed node feeds what it fed', () => {
    const rest = removeNodes(chain, ['2'], () => 'in')
    expect(linksOf(rest).map((link) => [link.from, link.to])).toEqual([['1', '3']])
  })
  test('a bridge spans several removed nodes', () => {
    const longer: Graph = { nodes: { ...chain.nodes, 4: instance('D', { links: { in: from('3') } }) } }
    expect(linksOf(removeNodes(longer, ['2', '3'], () => 'in')).map((link) => [link.from, link.to])).toEqual([
      ['1', '4'],
    ])
  })
  test('no bridge is built where nothing passes through', () => {
    expect(linksOf(removeNodes(chain, ['2'], () => undefined))).toEqual([])
  })
})

describe('values and modes', () => {
  test('a value is set, and undefined goes back to the default', () => {
    expect(setValue(chain, '2', 'size', 4).nodes['2']?.values).toEqual({ size: 4 })
    expect(setValue(chain, '2', 'size', undefined).nodes['2']?.values).toEqual({})
  })
  test('the value that is there already changes nothing', () => expect(setValue(chain, '2', 'size', 3)).toBe(chain))
  test('a mode goes to all, and goes away when all have it', () => {
    const muted = toggleMode(chain, ['1', '2'], 'muted')
    expect([muted.nodes['1']?.mode, muted.nodes['2']?.mode, muted.nodes['3']?.mode]).toEqual([
      'muted',
      'muted',
      undefined,
    ])
    expect(toggleMode(muted, ['1', '2'], 'muted').nodes['1']).not.toHaveProperty('mode')
  })
  test('where only some have the mode, all get it', () => {
    const one = toggleMode(chain, ['1'], 'bypassed')
    expect(toggleMode(one, ['1', '2'], 'bypassed').nodes['2']?.mode).toBe('bypassed')
    expect(toggleMode(one, ['1', '2'], 'bypassed').nodes['1']?.mode).toBe('bypassed')
  })
})

describe('the looks of nodes', () => {
  test('a field set to undefined is gone', () => {
    expect(patchNodeLayout(chain, ['2'], { title: undefined, color: '#fff' }).layout?.nodes?.['2']).toEqual({
      x: 9,
      y: 9,
      color: '#fff',
    })
  })
  test('a node without a place gets one', () => {
    expect(patchNodeLayout(chain, ['3'], { collapsed: true }).layout?.nodes?.['3']).toEqual({
      x: 0,
      y: 0,
      collapsed: true,
    })
  })
  test('moving keeps what else is known of a node', () => {
    expect(moveNodes(chain, new Map([['2', { x: 1, y: 2 }]])).layout?.nodes?.['2']).toEqual({
      x: 1,
      y: 2,
      title: 'Middle',
    })
  })
})
