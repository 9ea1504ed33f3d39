import {
  createFeatureStatistics,
  requireSameWidth,
  type Features,
  type FeatureStatistics,
} from './feature-statistics.ts'
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
 * The squared Fréchet distance of two Gaussians, FID when they are fitted to Inception features (Heusel et al. 2017,
 * eq. 6):
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
    const difference = a.mean[i] - b.mean[i]
    distance += difference * difference
    distance += a.covariance[i * width + i] + b.covariance[i * width + i]
  }
  return distance - 2 * traceOfRoot(a.covariance, b.covariance, width)
}

/**
 * The same distance between the Gaussians fitted to two sets of vectors. With fewer vectors than numbers in each, the
 * trace of the root is the sum of the singular values of `A Bᵀ` with the centred vectors as rows, which needs no
 * covariance: O(width · count² + count³).
 */
export function frechetDistanceOf(a: Features, b: Features): number {
  requireSameWidth('Fréchet distance', a, b)
  const [few, many] = a.count <= b.count ? [a, b] : [b, a]
  if (few.count < 2) throw new RangeError(`A Fréchet distance needs at least two pictures a set, got ${few.count}.`)
  if (few.count >= a.width || many.count > 4 * a.width) return frechetDistance(gaussianOfRows(a), gaussianOfRows(b))
  const [first, second] = [centredRows(few), centredRows(many)]
  let distance = first.squares / (few.count - 1) + second.squares / (many.count - 1)
  for (let i = 0; i < a.width; i++) distance += (first.mean[i] - second.mean[i]) ** 2
  const products = new Float64Array(few.count * many.count)
  for (let row = 0; row < few.count; row++) {
    for (let other = 0; other < many.count; other++) {
      products[row * many.count + other] = rowProduct(first.rows, row, second.rows, other, a.width)
    }
  }
  const gram = new Float64Array(few.count ** 2)
  for (let row = 0; row < few.count; row++) {
    for (let other = 0; other <= row; other++) {
      gram[row * few.count + other] = rowProduct(products, row, products, other, many.count)
    }
  }
  let trace = 0
  for (const value of symmetricEigen({ size: few.count, values: gram }, false).values) {
    trace += Math.sqrt(Math.max(value, 0))
  }
  return distance - (2 * trace) / Math.sqrt((few.count - 1) * (many.count - 1))
}

function gaussianOfRows(features: Features): Gaussian {
  const statistics = createFeatureStatistics(features.width)
  statistics.add(features)
  return gaussianOf(statistics)
}

function centredRows({ count, width, values }: Features) {
  const mean = new Float64Array(width)
  for (let i = 0; i < count * width; i++) mean[i % width] = mean[i % width] + values[i] / count
  const rows = Float64Array.from({ length: count * width }, (_, i) => values[i] - mean[i % width])
  return { mean, rows, squares: rows.reduce((sum, value) => sum + value * value, 0) }
}

function rowProduct(a: Float64Array, row: number, b: Float64Array, other: number, width: number): number {
  let [x, y] = [row * width, other * width]
  let product = 0
  for (const end = x + width; x < end; x++, y++) product += a[x] * b[y]
  return product
}

function traceOfRoot(a: Float64Array, b: Float64Array, size: number): number {
  const { values, vectors } = symmetricEigen({ size, values: a }, true)
  if (!vectors) return 0
  // With C₁ = V Λ Vᵀ, the matrix (V Λ^½)ᵀ C₂ (V Λ^½) has the eigenvalues of C₁^½ C₂ C₁^½.
  const factor = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const root = Math.sqrt(Math.max(values[column], 0))
      factor[row * size + column] = vectors[row * size + column] * root
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
    for (let k = 0; k < size; k++) addScaledRow(result, i * size, b, k * size, a[i * size + k], size)
  }
  return result
}

/** `aᵀ b`. */
function transposedProduct(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size)
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < size; i++) addScaledRow(result, i * size, b, k * size, a[k * size + i], size)
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
  for (let j = 0; j < size; j++) target[at + j] = target[at + j] + factor * source[from + j]
}
