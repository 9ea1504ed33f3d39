import { expect, test } from 'vitest'
import type { NodeManifest } from '@patchbay/engine/workflow'
import { searchNodes } from './search.ts'

function manifest(type: string, label: string, aliases: readonly string[] = [], category = 'x'): NodeManifest {
  return { type, version: 1, label, category, description: '', aliases, inputs: [], outputs: [], sideEffect: false }
}
const nodes = [
  manifest('SaveImage', 'Save image', ['write png']),
  manifest('ScaleImage', 'Scale image', ['resize']),
  manifest('Sample', 'Sample', ['KSampler'], 'sampling'),
]
const first = (query: string, uses = {}): string | undefined => searchNodes(nodes, query, uses)[0]?.manifest.type

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
