import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { float32, int64, tensorOf } from '../tensor/tensor.ts'
import { refusal } from '../testing/refusal.ts'
import { hasThirdPartyModel, thirdPartyModel } from '../testing/third-party-models.ts'
import { openSafetensors, parseSafetensors } from './safetensors.ts'
import { serializeSafetensors, writeSafetensors } from './safetensors-writer.ts'
import {
  createWeightSource,
  mergeWeights,
  readWeight,
  readWeightAsFloat32,
  renameWeights,
  requireWeight,
  weightOf,
  type WeightSource,
  weightsUnder,
} from './weight-source.ts'

const lora = 'sd15-lora/analog_svd_rank4.safetensors'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-weights-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** A safetensors file with this header and `data` bytes behind it. */
function fileOf(header: unknown, data: number): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.byteLength))
  return new Uint8Array(Buffer.concat([length, text, Buffer.alloc(data)]))
}

const small = (): WeightSource =>
  createWeightSource(
    [
      weightOf('mid.bias', float32([3], [1, -2, 0.5])),
      weightOf('steps', int64([], [1000])),
      weightOf('mid.weight', tensorOf('float16', [2, 1], Uint16Array.from([0x3c00, 0xc000]))),
      weightOf('empty', float32([0, 4], [])),
    ],
    { metadata: { format: 'pt', note: 'ünïcode "quoted"' } },
  )

describe('safetensors', () => {
  test('what is written is read back: names, types, shapes, numbers and metadata', () => {
    const path = join(folder, 'small.safetensors')
    writeSafetensors(path, small())
    const read = openSafetensors(path)
    expect(read.names.toSorted()).toEqual(['empty', 'mid.bias', 'mid.weight', 'steps'])
    expect(read.metadata).toEqual({ format: 'pt', note: 'ünïcode "quoted"' })
    expect(readWeight(read, 'steps')).toEqual(int64([], [1000]))
    expect(readWeight(read, 'mid.bias')).toEqual(float32([3], [1, -2, 0.5]))
    expect(requireWeight(read, 'mid.weight')).toMatchObject({ dtype: 'float16', shape: [2, 1] })
    expect([...readWeightAsFloat32(read, 'mid.weight')]).toEqual([1, -2])
    expect(readdirSync(folder)).toEqual(['small.safetensors'])
  })

  test('a place is the range of the file where the bytes lie, so that it can be mapped', () => {
    const path = join(folder, 'small.safetensors')
    writeSafetensors(path, small())
    const { place } = requireWeight(openSafetensors(path), 'mid.bias')
    if (place.type !== 'file') throw new Error('expected a file range')
    const bytes = readFileSync(place.path).subarray(place.offset, place.offset + place.length)
    expect(new Float32Array(Uint8Array.from(bytes).buffer)).toEqual(Float32Array.from([1, -2, 0.5]))
  })

  test('a place behind a link is that of the real file, since a link that leaves its folder cannot be mapped', () => {
    const path = join(folder, 'small.safetensors')
    writeSafetensors(path, small())
    mkdirSync(join(folder, 'snapshot'))
    symlinkSync(path, join(folder, 'snapshot', 'model.safetensors'))
    const { place } = requireWeight(openSafetensors(join(folder, 'snapshot', 'model.safetensors')), 'steps')
    expect(place).toMatchObject({ path: realpathSync(path) })
  })

  test('the same weights give the same bytes in whatever order they come, each aligned to its type', () => {
    const source = small()
    const shuffled = createWeightSource(
      source.names.toReversed().map((name) => requireWeight(source, name)),
      source,
    )
    expect(serializeSafetensors(shuffled)).toEqual(serializeSafetensors(source))
    const path = join(folder, 'small.safetensors')
    writeSafetensors(path, source)
    const read = openSafetensors(path)
    const offsets = ['steps', 'mid.bias'].map((name) => {
      const { place } = requireWeight(read, name)
      return place.type === 'file' ? place.offset : NaN
    })
    expect(offsets.map((offset) => offset % 8)).toEqual([0, 0])
  })

  test('floats are converted while writing, integers stay', () => {
    const read = parseSafetensors(serializeSafetensors(small(), { floatType: 'bfloat16' }))
    expect(requireWeight(read, 'mid.bias').dtype).toBe('bfloat16')
    expect([...readWeightAsFloat32(read, 'mid.bias')]).toEqual([1, -2, 0.5])
    expect(requireWeight(read, 'steps').dtype).toBe('int64')
  })

  test('a conversion of more elements than fit one piece is the same as in one piece', () => {
    const values = Float32Array.from({ length: (4 << 20) + 3 }, (_, i) => i % 2048)
    const read = parseSafetensors(
      serializeSafetensors(createWeightSource([weightOf('w', float32([values.length], values))]), {
        floatType: 'float16',
      }),
    )
    expect(Buffer.from(readWeightAsFloat32(read, 'w').buffer).equals(Buffer.from(values.buffer))).toBe(true)
  })

  test('a failed write leaves the old file and no partial one', () => {
    const path = join(folder, 'w.safetensors')
    writeSafetensors(path, small())
    const before = readFileSync(path)
    const int4 = createWeightSource([weightOf('w', tensorOf('int4', [2], Uint8Array.of(1)))])
    expect(refusal(() => writeSafetensors(path, int4))).toContain('"w" is int4')
    expect(readFileSync(path)).toEqual(before)
    expect(readdirSync(folder)).toEqual(['w.safetensors'])
  })

  test.skipIf(!hasThirdPartyModel(lora))('a real LoRA file opens (needs ../shared/models)', () => {
    const source = openSafetensors(thirdPartyModel(lora))
    expect(source.names.length).toBeGreaterThan(100)
    const name = source.names[0] ?? ''
    expect(readWeightAsFloat32(source, name).every(Number.isFinite)).toBe(true)
  })
})

describe('a sharded file', () => {
  const shard = (name: string, value: number): void =>
    writeSafetensors(join(folder, name), createWeightSource([weightOf(`w${value}`, float32([1], [value]))]))
  const index = (map: Record<string, string>): string => {
    const path = join(folder, 'model.safetensors.index.json')
    writeFileSync(path, JSON.stringify({ metadata: { total_size: 8 }, weight_map: map }))
    return path
  }

  test('is one source over all its shards', () => {
    shard('a.safetensors', 1)
    shard('b.safetensors', 2)
    const source = openSafetensors(index({ w1: 'a.safetensors', w2: 'b.safetensors' }))
    expect(source.names.map((name) => readWeightAsFloat32(source, name)[0])).toEqual([1, 2])
  })

  test.each([
    '../a.safetensors',
    '/etc/a.safetensors',
    'x/../../a.safetensors',
    'C:\\a.safetensors',
    '..\\a.safetensors',
    'a.txt',
  ])('refuses to leave its folder for %s', (file) => {
    expect(refusal(() => openSafetensors(index({ w1: file })))).toMatch(/^refused: .*in its folder/)
  })

  test('names a shard that is missing, and a weight that its shard lacks', () => {
    expect(refusal(() => openSafetensors(index({ w1: 'a.safetensors' })))).toMatch(/^unreadable: a.safetensors/)
    shard('a.safetensors', 1)
    expect(refusal(() => openSafetensors(index({ w7: 'a.safetensors' })))).toMatch(
      /^missing: a.safetensors has no weight "w7"/,
    )
  })
})

describe('a hostile safetensors header', () => {
  const weight = (begin: number, end: number, shape = [(end - begin) / 4]): unknown => ({
    dtype: 'F32',
    shape,
    data_offsets: [begin, end],
  })
  const huge = new Uint8Array(16)
  huge.fill(0xff, 0, 8)
  const tooLong = fileOf('{}', 0)
  tooLong[0] = 200

  test.each([
    ['no bytes at all', new Uint8Array(0), 'malformed: .*it has 0 bytes'],
    ['a header of 2^64 bytes', huge, 'malformed: .*more than the 100000000'],
    ['a header longer than the file', tooLong, 'truncated: .*header should have 200 bytes'],
    [
      'a header that is not UTF-8',
      fileOf('{}', 0).map((byte) => (byte === 0x7d ? 0xff : byte)),
      'malformed: .*not UTF-8',
    ],
    ['a header that is not JSON', fileOf('{"a"', 0), 'malformed: .*not JSON'],
    ['a header that is a list', fileOf([], 0), 'malformed: .*does not begin'],
    ['a weight that is a number', fileOf({ a: 1 }, 0), 'malformed: .*"a" is described by no object'],
    [
      'an unknown type',
      fileOf({ a: { dtype: 'toString', shape: [], data_offsets: [0, 0] } }, 0),
      'malformed: .*type "toString"',
    ],
    ['a negative size', fileOf({ a: weight(0, 4, [-1]) }, 4), 'malformed: .*shape'],
    ['a size that overflows', fileOf({ a: weight(0, 4, [2 ** 40, 2 ** 40]) }, 4), 'malformed: .*shape'],
    ['an end before its begin', fileOf({ a: weight(8, 4, [1]) }, 8), 'malformed: .*data_offsets'],
    ['a fractional offset', fileOf({ a: weight(0.5, 4.5, [1]) }, 8), 'malformed: .*data_offsets'],
    [
      'sizes that disagree',
      fileOf({ a: weight(0, 8, [3]) }, 8),
      'malformed: .*takes 12 bytes, but its data_offsets span 8',
    ],
    ['offsets past the end', fileOf({ a: weight(0, 8) }, 4), 'truncated: .*take 8 bytes.*holds only 4'],
    [
      'overlapping weights',
      fileOf({ a: weight(0, 8), b: weight(4, 12) }, 12),
      'malformed: .*"a" and "b" overlap at byte 4',
    ],
    ['a hole between weights', fileOf({ a: weight(0, 4), b: weight(8, 12) }, 12), 'malformed: .*bytes 4 to 8'],
    ['bytes after the last weight', fileOf({ a: weight(0, 4) }, 12), 'malformed: .*8 bytes at its end'],
    [
      'a name that stands twice',
      fileOf(
        `{"a":${JSON.stringify(weight(0, 4))},"b\\"":${JSON.stringify(weight(4, 8))},"\\u0061":${JSON.stringify(weight(0, 4))}}`,
        8,
      ),
      'malformed: .*"a" stands twice',
    ],
    ['metadata that is not text', fileOf({ __metadata__: { a: 1 } }, 0), 'malformed: .*__metadata__ "a" is not text'],
  ])('is refused: %s', (_, bytes, expected) => {
    expect(refusal(() => parseSafetensors(bytes, 'evil.safetensors'))).toMatch(new RegExp(`^${expected}`))
  })

  test('of any bytes at all gives a WeightError or a source, never another error (seed 7)', () => {
    const valid = serializeSafetensors(small())
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
        fc.nat(valid.length),
        (edits, length) => {
          const bytes = valid.slice(0, length % 3 === 0 ? length : valid.length)
          for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value
          refusal(() => {
            const source = parseSafetensors(bytes)
            for (const name of source.names) readWeightAsFloat32(source, name)
          })
        },
      ),
      { seed: 7, numRuns: 3000 },
    )
  })

  test('of any JSON gives a WeightError or a source, never another error (seed 8)', () => {
    const entry = fc.record({
      dtype: fc.constantFrom('F32', 'F16', 'U8', 'X'),
      shape: fc.array(fc.oneof(fc.nat(4), fc.jsonValue()), { maxLength: 3 }),
      data_offsets: fc.array(fc.oneof(fc.nat(64), fc.double()), { maxLength: 3 }),
    })
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(entry, fc.jsonValue()), { maxKeys: 4 }),
        fc.nat(64),
        (header, size) => {
          refusal(() => parseSafetensors(fileOf(header, size)))
        },
      ),
      { seed: 8, numRuns: 2000 },
    )
  })

  test('a file cut short after opening is noticed when the weight is read', () => {
    const path = join(folder, 'w.safetensors')
    writeSafetensors(path, small())
    const source = openSafetensors(path)
    truncateSync(path, readFileSync(path).length - 2)
    expect(refusal(() => source.read('mid.weight'))).toMatch(/^truncated: w.safetensors/)
  })
})

describe('weight sources', () => {
  test('a missing weight is named together with similar ones', () => {
    const source = createWeightSource([weightOf('model.down.0.attn.to_q.weight', float32([1], [0]))], {
      title: 'unet.safetensors',
    })
    expect(refusal(() => requireWeight(source, 'down.0.attn.to_q.weight'))).toBe(
      'missing: unet.safetensors has no weight "down.0.attn.to_q.weight"; similar: model.down.0.attn.to_q.weight',
    )
  })

  test('are renamed, narrowed to a prefix and merged, the later source winning', () => {
    const base = createWeightSource([weightOf('unet.a', float32([1], [1])), weightOf('vae.a', float32([1], [2]))])
    const other = createWeightSource([weightOf('a', float32([1], [3])), weightOf('b', float32([1], [4]))])
    const merged = mergeWeights([
      weightsUnder(base, 'unet.'),
      renameWeights(other, (name) => (name === 'b' ? undefined : name)),
    ])
    expect(merged.names).toEqual(['a'])
    expect([...readWeightAsFloat32(merged, 'a')]).toEqual([3])
  })
})
