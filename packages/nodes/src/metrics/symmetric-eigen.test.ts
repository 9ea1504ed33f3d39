import { expect, test } from 'vitest'
import { symmetricEigen } from './symmetric-eigen.ts'

/** A symmetric matrix of small whole numbers that repeats for each size. */
function matrixOf(size: number): Float64Array {
  const values = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      values[i * size + j] = ((i * 7 + j * 13 + i * j) % 11) - 5
      values[j * size + i] = values[i * size + j] ?? 0
    }
  }
  return values
}

test.each([1, 2, 3, 5, 17, 64])('a matrix of size %i is rebuilt from its values and vectors', (size) => {
  const matrix = matrixOf(size)
  const { values, vectors = new Float64Array(0) } = symmetricEigen({ size, values: matrix }, true)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let [rebuilt, dot] = [0, 0]
      for (let k = 0; k < size; k++) {
        rebuilt += (vectors[i * size + k] ?? 0) * (values[k] ?? 0) * (vectors[j * size + k] ?? 0)
        dot += (vectors[k * size + i] ?? 0) * (vectors[k * size + j] ?? 0)
      }
      expect(rebuilt).toBeCloseTo(matrix[i * size + j] ?? NaN, 9)
      expect(dot).toBeCloseTo(i === j ? 1 : 0, 10)
    }
  }
})

test('values come in ascending order, the same with and without vectors', () => {
  const problem = { size: 30, values: matrixOf(30) }
  const { values } = symmetricEigen(problem, false)
  expect([...values]).toEqual([...values].sort((x, y) => x - y))
  symmetricEigen(problem, true).values.forEach((value, i) => expect(value).toBeCloseTo(values[i] ?? NaN, 9))
})

test('a known spectrum is found: the second difference on a line', () => {
  const size = 20
  const values = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    values[i * size + i] = 2
    if (i > 0) values[i * size + i - 1] = values[(i - 1) * size + i] = -1
  }
  const found = symmetricEigen({ size, values }, false).values
  found.forEach((value, k) => expect(value).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (size + 1)), 11))
})

test('repeated and zero values are no obstacle', () => {
  const found = symmetricEigen({ size: 3, values: Float64Array.from([0, 0, 0, 0, 4, 0, 0, 0, 4]) }, true)
  expect([...found.values]).toEqual([0, 4, 4])
})

test('a matrix that holds NaN is refused rather than iterated for ever', () => {
  expect(() => symmetricEigen({ size: 3, values: new Float64Array(9).fill(NaN) }, false)).toThrow('NaN or infinite')
})
