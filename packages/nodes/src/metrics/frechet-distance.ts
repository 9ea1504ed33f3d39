import { requireSameWidth, type FeatureStatistics } from './feature-statistics.ts'
import { symmetricEigen } from './symmetric-eigen.ts'

/** A Gaussian: its mean [width] and covariance [width, width]. */
export interface Gaussian {
  readonly width: number
  readonly mean: Float64Array
  readonly covariance: Float64Array
}

export const gaussianOf = (statistics: FeatureStatistics): Gaussian => ({
  width: statistics.width,
  mean: statistics.mean(),
  covariance: statistics.covariance(),
})

/**
 * The squared Fréchet distance of two Gaussians, FID when they are fitted to Inception features (Heusel et al. 2017, eq. 6):
 * `|m₁ - m₂|² + tr(C₁ + C₂ - 2 (C₁ C₂)^½)`. At least 0 up to rounding, lower is nearer.
 *
 * The trace of the root comes from the eigenvalues of `C₁^½ C₂ C₁^½`, which is symmetric, so that singular covariances
 * (fewer pictures than features) need no correction. O(width³).
 */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  requireSameWidth('Fréchet distance', a, b)
  const { width } = a
  let distance = 0
  for (let i = 0; i < width; i++) {
    const difference = (a.mean[i] ?? 0) - (b.mean[i] ?? 0)
    distance += difference * difference
    distance += (a.covariance[i * width + i] ?? 0) + (b.covariance[i * width + i] ?? 0)
  }
  return distance - 2 * traceOfRoot(a.covariance, b.covariance, width)
}

function traceOfRoot(a: Float64Array, b: Float64Array, size: number): number {
  const { values, vectors } = symmetricEigen({ size, values: a }, true)
  if (!vectors) return 0
  // With C₁ = V Λ Vᵀ, the matrix (V Λ^½)ᵀ C₂ (V Λ^½) has the eigenvalues of C₁^½ C₂ C₁^½.
  const factor = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const root = Math.sqrt(Math.max(values[column] ?? 0, 0))
      factor[row * size + column] = (vectors[row * size + column] ?? 0) * root
    }
  }
  const product = transposedProduct(factor, matrixProduct(b, factor, size), size)
  let trace = 0
  for (const value of symmetricEigen({ size, values: product }, false).values) trace += Math.sqrt(Math.max(value, 0))
  return trace
}

function matrixProduct(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) addScaledRow(result, i * size, b, k * size, a[i * size + k] ?? 0, size)
  }
  return result
}

/** `aᵀ b`. */
function transposedProduct(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size)
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < size; i++) addScaledRow(result, i * size, b, k * size, a[k * size + i] ?? 0, size)
  }
  return result
}

function addScaledRow(
  target: Float64Array,
  at: number,
  source: Float64Array,
  from: number,
  factor: number,
  size: number,
): void {
  if (factor === 0) return
  for (let j = 0; j < size; j++) target[at + j] = (target[at + j] ?? 0) + factor * (source[from + j] ?? 0)
}
