import { describe, expect, test } from 'vitest'
import type { NodeManifest } from '@patchbay/engine/workflow'
import { linkInput, output } from '../../testing/manifests.ts'
import { pairKey, rankedFor, searchNodes, type OpenEnd } from './search.ts'

function manifest(type: string, label: string, aliases: readonly string[] = [], category = 'x'): NodeManifest {
  return { type, version: 1, label, category, description: '', aliases, inputs: [], outputs: [], sideEffect: false }
}
const nodes = [
  manifest('SaveImage', 'Save image', ['write png']),
  manifest('ScaleImage', 'Scale image', ['resize']),
  manifest('Sample', 'Sample', ['KSampler'], 'sampling'),
]
const first = (query: string, uses = {}): string | undefined =>
  searchNodes(nodes, query, { uses, inTemplates: new Map() })[0]?.manifest.type

test('nodes are found by name, alias, type, category and by scattered letters', () => {
  expect(first('sam')).toBe('Sample')
  expect(first('ksampler')).toBe('Sample')
  expect(first('resize')).toBe('ScaleImage')
  expect(first('sampling')).toBe('Sample')
  expect(first('svim')).toBe('SaveImage')
  expect(searchNodes(nodes, 'zzz')).toEqual([])
})

test('among equals, what is used often comes first', () => {
  expect(first('image')).not.toBe('ScaleImage')
  expect(first('image', { ScaleImage: 9 })).toBe('ScaleImage')
})

test('what the templates use often comes before shorter names', () => {
  const loaders = [manifest('LoadMask', 'Load mask'), manifest('LoadCheckpoint', 'Load checkpoint')]
  const usage = { uses: {}, inTemplates: new Map([['LoadCheckpoint', 20]]) }
  expect(searchNodes(loaders, 'load', usage)[0]?.manifest.type).toBe('LoadCheckpoint')
  expect(searchNodes(loaders, 'load mask', usage)[0]?.manifest.type).toBe('LoadMask')
})

describe('for the open end of a link', () => {
  const takes = (type: string, socket: string): NodeManifest => ({
    ...manifest(type, type),
    inputs: [linkInput('in', socket)],
    outputs: [output('out', socket)],
  })
  const candidates = [takes('Blur', 'image'), takes('Any', '*'), takes('Save', 'image')]
  const order = (end: Partial<OpenEnd>, pairs = new Map<string, number>()) =>
    rankedFor(searchNodes(candidates, ''), { side: 'output', types: ['image'], node: 'Decode', ...end }, pairs).map(
      ({ manifest: { type } }) => type,
    )
  test('nodes of its type come before those that take anything', () => {
    expect(order({})).toEqual(['Blur', 'Save', 'Any'])
    expect(order({ side: 'input' })).toEqual(['Blur', 'Save', 'Any'])
  })
  test('what it is often linked to comes first', () => {
    expect(order({}, new Map([[pairKey('Decode', 'Save'), 9]]))[0]).toBe('Save')
    expect(order({ side: 'input' }, new Map([[pairKey('Save', 'Decode'), 9]]))[0]).toBe('Save')
  })
})
