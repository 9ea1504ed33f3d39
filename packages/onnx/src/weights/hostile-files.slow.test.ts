import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostileFolder } from '../testing/hostile-folder.ts'
import { safetensorsFile } from '../testing/weight-files.ts'
import { openSafetensors } from './safetensors.ts'

const folder = hostileFolder()

const weight = (begin: number, end: number): unknown => ({
  dtype: 'F32',
  shape: [(end - begin) / 4],
  data_offsets: [begin, end],
})
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const good = safetensorsFile({ w: weight(0, 4) }, 4)

describe('a hostile safetensors file', () => {
  const length = (value: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(value).buffer)
  test.each<[string, Uint8Array, string]>([
    [
      'a header too large',
      length(2n ** 62n),
      'malformed: m.safetensors is not a safetensors file: its header would have 4611686018427387904 bytes, more than the 100000000 the format allows',
    ],
    [
      'a header past the end',
      length(9n),
      'truncated: m.safetensors: the header should have 9 bytes, but the file has only 8. Fetch it again.',
    ],
    [
      'a header that is no JSON',
      safetensorsFile('{w'),
      'malformed: m.safetensors is not a safetensors file: its header is not JSON (…)',
    ],
    [
      'offsets out of range',
      safetensorsFile({ w: weight(0, 8) }, 4),
      'truncated: m.safetensors: its weights take 8 bytes, but the file holds only 4 after the header. Fetch it again.',
    ],
    [
      'overlapping weights',
      safetensorsFile({ a: weight(0, 8), b: weight(4, 12) }, 12),
      'malformed: m.safetensors is not a safetensors file: weights "a" and "b" overlap at byte 4',
    ],
    [
      'a wrong size',
      safetensorsFile({ w: { dtype: 'F32', shape: [3], data_offsets: [0, 4] } }, 4),
      'malformed: m.safetensors is not a safetensors file: weight "w" is F32 of shape [3], which takes 12 bytes, but its data_offsets span 4',
    ],
    [
      'a name twice, its colon far away',
      safetensorsFile(`{"w":${JSON.stringify(weight(0, 4))},"w"${' '.repeat(99)}:${JSON.stringify(weight(0, 4))}}`, 4),
      'malformed: m.safetensors is not a safetensors file: the name "w" stands twice in its header',
    ],
    [
      'offsets twice in one weight',
      safetensorsFile('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"data_offsets":[0,4]}}', 4),
      'malformed: m.safetensors is not a safetensors file: the name "data_offsets" stands twice in its header',
    ],
    [
      'a shape nested a hundred thousand deep',
      safetensorsFile(`{"w":{"dtype":"F32","shape":${nested(100_000)},"data_offsets":[0,4]}}`, 4),
      'malformed: m.safetensors is not a safetensors file: weight "w" has shape something nested beyond measure; expected a list of sizes',
    ],
    [
      'a name that steers a terminal',
      safetensorsFile({ '\u001b[2J': 1 }),
      'malformed: m.safetensors is not a safetensors file: weight "\u{FFFD}[2J" is described by no object',
    ],
  ])('is refused: %s', (_, bytes, sentence) => {
    expect(folder.refusalOf(openSafetensors, 'm.safetensors', { 'm.safetensors': bytes })).toBe(sentence)
  })

  test('with a name of megabytes is told in a thousand characters', () => {
    const bytes = safetensorsFile({ ['x'.repeat(2 ** 21)]: 1 })
    expect(folder.refusalOf(openSafetensors, 'm.safetensors', { 'm.safetensors': bytes }).length).toBeLessThan(1100)
  })
})

describe('a hostile index of shards', () => {
  const outside = (file: string): string =>
    `refused: m.index.json: weight "w" is said to be in "${file}", which is no .safetensors file in its folder`
  test.each<[string, string, string]>([
    ['no JSON', '{', 'malformed: m.index.json is not JSON: …'],
    ['no map', '{}', 'malformed: m.index.json is not a safetensors index: it has no "weight_map"'],
    ['a way up', '{"weight_map":{"w":"../x.safetensors"}}', outside('../x.safetensors')],
    ['an absolute path', '{"weight_map":{"w":"/x.safetensors"}}', outside('/x.safetensors')],
    ['a link that leaves', '{"weight_map":{"w":"link.safetensors"}}', outside('link.safetensors')],
    [
      'a name twice',
      '{"weight_map":{"w":"a.safetensors","w":"b.safetensors"}}',
      'malformed: m.index.json: the name "w" stands twice in it',
    ],
    [
      'a shard that is none',
      '{"weight_map":{"w":7}}',
      'malformed: m.index.json is not a safetensors index: the file of weight "w" is not text',
    ],
  ])('is refused: %s', (_, text, sentence) => {
    writeFileSync(folder.path('outside.safetensors'), good)
    symlinkSync(folder.path('outside.safetensors'), folder.path('model/link.safetensors'))
    expect(folder.refusalOf(openSafetensors, 'm.index.json', { 'm.index.json': text })).toBe(sentence)
  })

  test('may be a link into the folder where its shards lie too, as in the caches of hubs', () => {
    mkdirSync(folder.path('blobs'))
    writeFileSync(folder.path('blobs/1'), '{"weight_map":{"w":"a.safetensors"}}')
    writeFileSync(folder.path('blobs/2'), good)
    symlinkSync('../blobs/1', folder.path('model/m.index.json'))
    symlinkSync('../blobs/2', folder.path('model/a.safetensors'))
    expect(folder.refusalOf(openSafetensors, 'm.index.json', {})).toBe('accepted')
  })

  test('of any JSON gives a WeightError or a source, never another error (seed 21)', () => {
    const file = fc.oneof(fc.constantFrom('a.safetensors', '../a.safetensors'), fc.string(), fc.jsonValue())
    const map = fc.oneof(fc.dictionary(fc.oneof(fc.constant('w'), fc.string()), file, { maxKeys: 3 }), fc.jsonValue())
    fc.assert(
      fc.property(map, (weight_map) => {
        folder.refusalOf(openSafetensors, 'm.index.json', {
          'm.index.json': JSON.stringify({ weight_map }),
          'a.safetensors': good,
        })
      }),
      { seed: 21, numRuns: 500 },
    )
  })
})

test('a file of a terabyte of nothing is refused without a terabyte of memory', () => {
  const file = safetensorsFile(`{"w":{"dtype":"U8","shape":[${2 ** 40}],"data_offsets":[0,${2 ** 40}]}}`)
  const path = folder.path('model/m.safetensors')
  writeFileSync(path, file)
  truncateSync(path, file.length + 2 ** 40)
  expect(folder.refusalOf(openSafetensors, 'm.safetensors', {})).toBe(
    'unsupported: m.safetensors: 1099511627776 bytes are more than can be read at once',
  )
})
