import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import {
  GraphProtoSchema,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from 'onnx-buf'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { refusal } from '../testing/refusal.ts'
import { openOnnxInitializers, parseOnnxInitializers } from './onnx-initializers.ts'
import { readWeightAsFloat32, requireWeight } from './weight-source.ts'

let folder = ''
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'patchbay-onnx-')))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const modelOf = (...initializer: TensorProto[]): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 10n, graph: create(GraphProtoSchema, { initializer }) }),
  )

const tensor = (fields: Parameters<typeof create<typeof TensorProtoSchema>>[1]): TensorProto =>
  create(TensorProtoSchema, fields)

const external = (location: string, offset: number, length: number, dims = [2n]): TensorProto =>
  tensor({
    name: 'w',
    dataType: 1,
    dims,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries({ location, offset: String(offset), length: String(length) }).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  })

describe('the initializers of an ONNX model', () => {
  test('are read from every field that may hold them', () => {
    const source = parseOnnxInitializers(
      modelOf(
        tensor({ name: 'raw', dataType: 1, dims: [2n], rawData: new Uint8Array(Float32Array.of(1, -2).buffer) }),
        tensor({ name: 'floats', dataType: 1, dims: [1n, 2n], floatData: [0.5, 3] }),
        tensor({ name: 'doubles', dataType: 11, dims: [1n], doubleData: [0.1] }),
        tensor({ name: 'longs', dataType: 7, dims: [2n], int64Data: [-1n, 2n ** 40n] }),
        tensor({ name: 'halves', dataType: 10, dims: [2n], int32Data: [0x3c00, 0xc000] }),
        tensor({ name: 'bytes', dataType: 3, dims: [2n], int32Data: [-1, 5] }),
        tensor({ name: 'integers', dataType: 6, dims: [], int32Data: [-7] }),
        tensor({ name: 'unsigned', dataType: 12, dims: [1n], uint64Data: [4294967295n] }),
      ),
    )
    const values = Object.fromEntries(source.names.map((name) => [name, [...readWeightAsFloat32(source, name)]]))
    expect(values).toEqual({
      raw: [1, -2],
      floats: [0.5, 3],
      doubles: [Math.fround(0.1)],
      longs: [-1, 2 ** 40],
      halves: [1, -2],
      bytes: [-1, 5],
      integers: [-7],
      unsigned: [4294967296],
    })
    expect(requireWeight(source, 'floats').shape).toEqual([1, 2])
  })

  test('of a file are ranges of it, and of the data files it names', () => {
    writeFileSync(join(folder, 'data.bin'), Buffer.from(Float32Array.of(9, 1, 2).buffer))
    const raw = tensor({ name: 'raw', dataType: 1, dims: [1n], rawData: new Uint8Array(Float32Array.of(7).buffer) })
    writeFileSync(join(folder, 'model.onnx'), modelOf(raw, external('data.bin', 4, 8)))
    const source = openOnnxInitializers(join(folder, 'model.onnx'))
    expect(requireWeight(source, 'raw').place.type).toBe('file')
    expect(requireWeight(source, 'w').place).toMatchObject({ path: join(folder, 'data.bin'), offset: 4, length: 8 })
    expect(source.names.map((name) => [...readWeightAsFloat32(source, name)])).toEqual([[7], [1, 2]])
  })
})

describe('a hostile ONNX model', () => {
  test.each([
    ['data outside its folder', external('../data.bin', 0, 8), 'refused: .*outside the folder'],
    ['data at an absolute path', external('/etc/passwd', 0, 8), 'refused: .*outside the folder'],
    [
      'data past the end of its file',
      external('data.bin', 8, 8),
      'truncated: .*ends at byte 16 of data.bin, which has 12',
    ],
    ['data of a negative offset', external('data.bin', -4, 8), 'malformed: .*from byte -4; expected two numbers'],
    ['data of another size than the shape', external('data.bin', 0, 4), 'malformed: .*takes 8 bytes, but has 4'],
    ['a negative size', external('data.bin', 0, 8, [-2n]), 'malformed: .*shape \\[-2\\]'],
  ])('is refused: %s', (_, initializer, expected) => {
    writeFileSync(join(folder, 'data.bin'), Buffer.alloc(12))
    writeFileSync(join(folder, 'model.onnx'), modelOf(initializer))
    expect(refusal(() => openOnnxInitializers(join(folder, 'model.onnx')))).toMatch(new RegExp(`^${expected}`))
  })

  test('in memory has no folder, so its external data is refused', () => {
    expect(refusal(() => parseOnnxInitializers(modelOf(external('data.bin', 0, 8))))).toMatch(/^refused/)
  })

  test('with any bytes changed gives a WeightError or a source, never another error (seed 13)', () => {
    const valid = modelOf(
      tensor({ name: 'raw', dataType: 1, dims: [2n], rawData: new Uint8Array(8) }),
      tensor({ name: 'longs', dataType: 7, dims: [2n], int64Data: [-1n, 2n ** 40n] }),
    )
    const edits = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 5 })
    fc.assert(
      fc.property(edits, fc.nat(valid.length), (changes, length) => {
        const bytes = valid.slice(0, length % 2 === 0 ? valid.length : length)
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
        refusal(() => {
          const source = parseOnnxInitializers(bytes)
          for (const name of source.names) readWeightAsFloat32(source, name)
        })
      }),
      { seed: 13, numRuns: 3000 },
    )
  })
})
