import type { Tensor } from '@patchbay/onnx/tensor'
import { expectSameShape } from './same-shape.ts'

/** The mean of `data[start…end)`, summed in double precision. */
export function meanOf(data: Float32Array, start = 0, end = data.length): number {
  let sum = 0
  for (let i = start; i < end; i++) sum += data[i]
  return sum / (end - start)
}

/**
 * The standard deviation with Bessel's correction (n − 1), as torch.std computes it; NaN for fewer than two elements.
 */
export function standardDeviationOf(data: Float32Array, start = 0, end = data.length): number {
  const mean = meanOf(data, start, end)
  let squares = 0
  for (let i = start; i < end; i++) squares += (data[i] - mean) ** 2
  return Math.sqrt(squares / (end - start - 1))
}

/** The largest absolute value; 0 for no elements. */
export function maximumMagnitude(data: Float32Array): number {
  let largest = 0
  for (const value of data) largest = Math.max(largest, Math.abs(value))
  return largest
}

/**
 * The quantile q in [0, 1] with linear interpolation between neighbours, as torch.quantile. Leaves its input in place.
 */
export function quantileOf(data: Float32Array, q: number): number {
  const sorted = data.slice().sort()
  const position = q * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below] ?? Number.NaN
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN
  return low + (position - below) * (high - low)
}

/** Σ aᵢ·bᵢ in double precision. */
export function dot(a: Tensor, b: Tensor): number {
  expectSameShape(a, b)
  let sum = 0
  for (let i = 0; i < a.data.length; i++) sum += a.data[i] * b.data[i]
  return sum
}

/** The largest |a − b| over all elements; NaN when any difference is not a number. */
export function maximumDifference(a: Tensor, b: Tensor): number {
  expectSameShape(a, b)
  let largest = 0
  for (let i = 0; i < a.data.length; i++) {
    const difference = Math.abs(a.data[i] - b.data[i])
    if (Number.isNaN(difference)) return Number.NaN
    if (difference > largest) largest = difference
  }
  return largest
}
