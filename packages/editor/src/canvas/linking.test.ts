import { describe, expect, test } from 'vitest'
import type { Graph } from '../state/edits/graph.ts'
import type { SocketRef } from '../state/edits/links.ts'
import { createRegistry } from '../state/registry/registry.ts'
import { instance, linkInput, nodeManifest, pictureWorkflow, testManifest } from '../testing/manifests.ts'
import { firstFit, fittingSocket, judgeLink } from './linking.ts'

const registry = createRegistry(testManifest)
const graph: Graph = { nodes: { ...pictureWorkflow.nodes, 5: instance('BlurImage'), 6: instance('JoinImages') } }
const facts = { graph, registry, manifestOf: (id: string) => registry.node(graph.nodes[id]?.type ?? '') }
const out = (node: string, name: string): SocketRef => ({ side: 'output', node, name })
const into = (node: string, name: string): SocketRef => ({ side: 'input', node, name })

describe('whether two sockets may be linked', () => {
  test('an output and an input of its type may, whichever was taken first', () => {
    const answer = judgeLink(facts, into('5', 'image'), out('3', 'image'))
    expect(answer).toEqual({
      ok: true,
      ends: { from: { node: '3', output: 'image' }, to: { node: '5', input: 'image', list: false } },
    })
  })
  test('an input that takes several says so', () => {
    expect(judgeLink(facts, out('3', 'image'), into('6', 'images'))).toMatchObject({ ends: { to: { list: true } } })
  })
  test('two ends of one side may not', () => {
    expect(judgeLink(facts, out('1', 'model'), out('3', 'image'))).toMatchObject({
      reason: { why: 'same-side', side: 'output' },
    })
  })
  test('ends of other types may not, and it is said what fits', () => {
    expect(judgeLink(facts, out('1', 'model'), into('5', 'image'))).toMatchObject({
      reason: { why: 'type', output: 'Model', input: 'Image', inputLabel: 'Image' },
    })
  })
  test('a link back to what feeds the node may not, and the circle is named', () => {
    const looped = {
      ...facts,
      graph: {
        nodes: { ...graph.nodes, 5: instance('BlurImage', { links: { image: { node: '6', output: 'image' } } }) },
      },
    }
    expect(judgeLink(looped, out('5', 'image'), into('6', 'images'))).toMatchObject({ reason: { why: 'circle' } })
  })
  test('a socket that is not there may not', () => {
    expect(judgeLink(facts, out('1', 'gone'), into('5', 'image'))).toMatchObject({ reason: { why: 'missing' } })
    expect(judgeLink(facts, out('1', 'model'), into('9', 'image'))).toMatchObject({ reason: { why: 'missing' } })
  })
})

describe('the first socket of a node that fits', () => {
  const join = nodeManifest('Mix', {
    inputs: [linkInput('first', 'image'), linkInput('second', 'image')],
  })
  const mixing = createRegistry({ ...testManifest, nodes: [...testManifest.nodes, join] })
  const mixed = (links: object) => {
    const nodes: Graph['nodes'] = { ...graph.nodes, 7: instance('Mix', { links: { ...links } }) }
    return { graph: { nodes }, registry: mixing, manifestOf: (id: string) => mixing.node(nodes[id]?.type ?? '') }
  }
  test('is the first free one', () => {
    expect(firstFit(mixed({}), out('3', 'image'), '7')?.name).toBe('first')
    expect(firstFit(mixed({ first: { node: '5', output: 'image' } }), out('3', 'image'), '7')?.name).toBe('second')
  })
  test('is an output when the fixed end is an input', () => {
    expect(firstFit(facts, into('5', 'image'), '3')).toEqual(out('3', 'image'))
  })
  test('is none where nothing fits', () => expect(firstFit(facts, out('1', 'model'), '4')).toBeUndefined())
})

describe('the socket of a fresh node for a link in hand', () => {
  const sample = testManifest.nodes.find((node) => node.type === 'Sample') ?? nodeManifest('Sample')
  test('is a link input of the very type, before one that takes it by conversion', () => {
    const both = nodeManifest('Both', { inputs: [linkInput('image', 'image'), linkInput('mask', 'mask')] })
    expect(fittingSocket(registry, both, { side: 'output', types: ['mask'] })).toBe('mask')
  })
  test('is an output for an input', () => {
    expect(fittingSocket(registry, sample, { side: 'input', types: ['image'] })).toBe('image')
    expect(fittingSocket(registry, sample, { side: 'input', types: ['mask'] })).toBeUndefined()
  })
  test('is a value only where no link input fits', () => {
    expect(fittingSocket(registry, sample, { side: 'output', types: ['number'] })).toBe('seed')
  })
})
