import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusal } from '../testing/refusal.ts'
import { flatBuffer, type FlatField } from '../testing/weight-files.ts'
import { hasThirdPartyModel, thirdPartyModel } from '../testing/third-party-models.ts'
import { openTflite, parseTflite } from './tflite.ts'
import { readWeightAsFloat32, requireWeight } from './weight-source.ts'

const mobileNet = 'mobilenet-v2/tf2_mobilenet_v2_1.0_224_ptq.tflite'

const count = (length: number, bytes: Uint8Array): Uint8Array =>
  Uint8Array.from([...new Uint8Array(Uint32Array.of(length).buffer), ...bytes])
const int = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer)
const ints = (...values: number[]): Uint8Array => count(values.length, new Uint8Array(Int32Array.from(values).buffer))
const floats = (...values: number[]): Uint8Array =>
  count(values.length, new Uint8Array(Float32Array.from(values).buffer))
const longs = (...values: bigint[]): Uint8Array =>
  count(values.length, new Uint8Array(BigInt64Array.from(values).buffer))
const text = (value: string): Uint8Array => count(value.length, Buffer.from(value))

/** One quantised int8 tensor of shape [2, 2, 1] and a plain float of the same name. */
function smallModel(options: { scales?: number[]; shape?: number[] } = {}): Uint8Array {
  const { scales = [0.5, 2], shape = [2, 2, 1] } = options
  const quantization: FlatField = {
    table: [undefined, undefined, floats(...scales), longs(1n, 0n), undefined, undefined, int(0)],
  }
  const tensors: FlatField[] = [
    { table: [ints(...shape), int(9), int(1), text('w'), quantization] },
    { table: [ints(1), int(0), int(2), text('w')] },
    { table: [ints(1), int(0), int(0), text('not constant')] },
  ]
  const buffers: FlatField[] = [
    { table: [] },
    { table: [count(4, Uint8Array.of(1, 3, 255, 2))] },
    { table: [count(4, new Uint8Array(Float32Array.of(7).buffer))] },
  ]
  return flatBuffer({ table: [int(3), undefined, [{ table: [tensors] }], undefined, buffers] })
}

describe('a TensorFlow Lite model', () => {
  test('gives constants only, dequantised along their axis; a repeated name is numbered', () => {
    const source = parseTflite(smallModel())
    expect(source.names).toEqual(['w', 'w#2'])
    expect([...readWeightAsFloat32(source, 'w')]).toEqual([0, 1, -2, 4])
    expect([...readWeightAsFloat32(source, 'w#2')]).toEqual([7])
  })

  test.skipIf(!hasThirdPartyModel(mobileNet))('of MobileNetV2 opens (needs ../shared/models)', () => {
    const source = openTflite(thirdPartyModel(mobileNet))
    const convolutions = source.names.filter((name) => requireWeight(source, name).shape.length === 4)
    expect(convolutions.length).toBe(53)
    expect(
      convolutions.every((name) => readWeightAsFloat32(source, name).every((value) => Math.abs(value) < 100)),
    ).toBe(true)
  })
})

describe('a hostile TensorFlow Lite model', () => {
  test('is refused where it is none, or where shapes and scales disagree', () => {
    expect(refusal(() => parseTflite(new Uint8Array(20), 'x.tflite'))).toMatch(/^malformed: .*TFL3/)
    expect(refusal(() => parseTflite(smallModel({ shape: [5] })))).toMatch(/^malformed: .*buffer has 4 bytes/)
    expect(refusal(() => parseTflite(smallModel({ scales: [1, 2, 3] })))).toMatch(/^malformed: .*3 scales for axis 0/)
  })

  test('with any bytes changed gives a WeightError or a source, never another error (seed 17)', () => {
    const valid = smallModel()
    const edits = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 })
    fc.assert(
      fc.property(edits, fc.nat(valid.length), (changes, length) => {
        const bytes = valid.slice(0, length % 2 === 0 ? valid.length : length)
        for (const [at, value] of changes) if (at < bytes.length && (at < 4 || at > 7)) bytes[at] = value
        refusal(() => {
          const source = parseTflite(bytes)
          for (const name of source.names) readWeightAsFloat32(source, name)
        })
      }),
      { seed: 17, numRuns: 3000 },
    )
  })
})
