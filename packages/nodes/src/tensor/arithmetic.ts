import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { expectSameShape } from './same-shape.ts'

/** a + b */
export function add(a: Tensor, b: Tensor): Tensor {
  return sum([
    [1, a],
    [1, b],
  ])
}

/** a − b */
export function subtract(a: Tensor, b: Tensor): Tensor {
  return sum([
    [1, a],
    [-1, b],
  ])
}

/** factor · a */
export function scale(a: Tensor, factor: number): Tensor {
  const source = a.data
  const result = new Float32Array(source.length)
  for (let i = 0; i < result.length; i++) result[i] = factor * source[i]
  return float32(a.shape, result)
}

/** a + weight · (b − a), element by element: a where the weight is 0, b where it is 1. */
export function mix(a: Tensor, b: Tensor, weight: Tensor): Tensor {
  expectSameShape(a, b)
  expectSameShape(a, weight)
  const [x, y, w] = [a.data, b.data, weight.data]
  const result = new Float32Array(x.length)
  for (let i = 0; i < result.length; i++) {
    const share = w[i]
    result[i] = (1 - share) * x[i] + share * y[i]
  }
  return float32(a.shape, result)
}

/** Applies a function to every element. */
export function map(a: Tensor, f: (value: number) => number): Tensor {
  const source = a.data
  const result = new Float32Array(source.length)
  for (let i = 0; i < result.length; i++) result[i] = f(source[i])
  return float32(a.shape, result)
}

/**
 * Σ cᵢ·xᵢ over any number of terms, at least one, in one pass and one allocation. Sums are taken in double precision
 * and rounded once. A coefficient of 0 leaves its tensor out, so that 0 · ∞ does not spoil the sum.
 * @throws RangeError when shapes differ or there is no term
 */
export function sum(terms: readonly (readonly [coefficient: number, tensor: Tensor])[]): Tensor {
  const first = terms[0]
  if (first === undefined) throw new RangeError('A sum needs at least one term')
  for (const [, tensor] of terms) expectSameShape(first[1], tensor)
  const active = terms.filter(([coefficient]) => coefficient !== 0)
  const length = first[1].data.length
  const result = new Float32Array(length)
  const [t1, t2, t3, ...rest] = active
  if (t1 === undefined) return float32(first[1].shape, result)
  const [c1, x1] = [t1[0], t1[1].data]
  if (t2 === undefined) {
    for (let i = 0; i < length; i++) result[i] = c1 * x1[i]
  } else if (t3 === undefined) {
    const [c2, x2] = [t2[0], t2[1].data]
    for (let i = 0; i < length; i++) result[i] = c1 * x1[i] + c2 * x2[i]
  } else if (rest.length === 0) {
    const [c2, x2, c3, x3] = [t2[0], t2[1].data, t3[0], t3[1].data]
    for (let i = 0; i < length; i++) result[i] = c1 * x1[i] + c2 * x2[i] + c3 * x3[i]
  } else {
    const sums = new Float64Array(length)
    for (const [c, { data }] of active) for (let i = 0; i < length; i++) sums[i] = sums[i] + c * data[i]
    result.set(sums)
  }
  return float32(first[1].shape, result)
}
