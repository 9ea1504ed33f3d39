import { expect, test } from 'vitest'
import { contentKey } from './content-key.ts'

test('two values of the same content have the same key, in whatever order their members stand', () => {
  const picture = { dtype: 'float32', shape: [1, 2], data: new Float32Array([0.5, -1]) }
  expect(contentKey(picture)).toBe(contentKey({ data: new Float32Array([0.5, -1]), shape: [1, 2], dtype: 'float32' }))
})

test.each<[unknown, unknown]>([
  [[1, 2], [12]],
  [
    ['ab', 'c'],
    ['a', 'bc'],
  ],
  ['1', 1],
  [[[1], 2], [[1, 2]]],
  [{ a: 1 }, { b: 1 }],
  [0, -0],
  [1n, 1],
  [new Float32Array([1]), new Int32Array(new Float32Array([1]).buffer)],
  [new Float32Array([1]), new Float32Array([2])],
  [undefined, null],
])('values that differ have other keys (%#)', (one, other) => {
  expect(contentKey(one)).not.toBe(contentKey(other))
})

test('a value that holds an object of a class, or a function, has none', () => {
  expect(contentKey({ at: new Date() })).toBeUndefined()
  expect(contentKey([() => 1])).toBeUndefined()
})
