import { createWeightSource, float32, requireWeight, weightAsFloat32, weightOf, type Weight } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { withScales } from './scaled-weights.ts'

/** 1, 2, −1, 448 as float8e4m3fn. */
const eight = (name: string): Weight => ({
  name,
  dtype: 'float8e4m3fn',
  shape: [2, 2],
  place: { type: 'memory', bytes: Uint8Array.of(0x38, 0x40, 0xb8, 0x7e) },
})
const numbers = (name: string, shape: readonly number[], values: readonly number[]): Weight =>
  weightOf(name, float32(shape, values))

test.each([
  ['one scale', 'scale_weight', [], [0.5], [0.5, 1, -0.5, 224]],
  ['one in a list', 'weight_scale', [1], [2], [2, 4, -2, 896]],
  ['one for each row', 'weight_scale', [2, 1], [2, 0.5], [2, 4, -0.5, 224]],
])('weights in fp8 with %s are what they stand for', (_, ending, shape, scales, expected) => {
  const source = createWeightSource([
    eight('a.weight'),
    numbers(`a.${ending}`, shape, scales),
    numbers('a.scale_input', [], [3]),
    numbers('a.bias', [2], [1, 2]),
    numbers('scaled_fp8', [0], []),
  ])
  const plain = withScales(source)
  expect(plain.names).toEqual(['a.weight', 'a.bias'])
  expect([...weightAsFloat32(requireWeight(plain, 'a.weight'))]).toEqual(expected)
})

test('other files stay as they are, and scales of another number are refused', () => {
  const plain = createWeightSource([eight('a.weight'), numbers('b.scale', [], [2])])
  expect(withScales(plain)).toBe(plain)
  const wrong = createWeightSource([eight('a.weight'), numbers('a.scale_weight', [3], [1, 2, 3])], { title: 'x' })
  expect(() => withScales(wrong)).toThrow('x: a.weight is float8e4m3fn [2, 2] with 3 scales')
})
