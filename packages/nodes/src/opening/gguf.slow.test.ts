import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Graph, parseGguf, prepareWeights, requireWeight } from '@patchbay/onnx'
import { afterAll, expect, test } from 'vitest'
import { openWeightFile } from '../weights/weight-file.ts'

const vectors = resolve(import.meta.dirname, '../../../../tests/reference/vectors/gguf-blocks.json')
const { Q4_K: recorded } = JSON.parse(readFileSync(vectors, 'utf8')) as Readonly<Record<string, { file: string }>>
const place = mkdtempSync(join(tmpdir(), 'patchbay-gguf-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

test('a GGUF file is opened by what is in it, and mapped from a decoded copy on disk', () => {
  const file = join(place, 'tiny.gguf')
  writeFileSync(file, Buffer.from(recorded?.file ?? '', 'base64'))
  const source = openWeightFile(file)
  const graph = new Graph()
  graph.output('out', graph.parameter('matrix', 'float32', [2, 256]))
  const prepared = prepareWeights(graph, source, { strategy: 'mapped', cacheFolder: join(place, 'cache') })
  const { place: where, dtype } = requireWeight(prepared.source, 'matrix')
  expect([where.type, dtype]).toEqual(['file', 'float16'])
  expect(prepared.source.read('matrix')).toEqual(parseGguf(readFileSync(file)).read('matrix'))
  const alone = prepareWeights(graph, source, { strategy: 'mapped' })
  expect(requireWeight(alone.source, 'matrix').place.type).toBe('memory')
})
