/** A square matrix, row by row. */
export interface SquareMatrix {
  readonly size: number
  readonly values: Float64Array
}

export interface SymmetricEigen {
  /** Ascending. */
  readonly values: Float64Array
  /** Column `i` belongs to value `i`: [size, size]. Absent where only values were asked for. */
  readonly vectors?: Float64Array
}

/**
 * Eigenvalues, and if wanted eigenvectors, of a symmetric matrix: Householder reduction to tridiagonal form, then QL
 * iterations with implicit shifts (Golub and Van Loan, Matrix Computations, 4th edition, algorithms 8.3.1 and 8.3.3).
 * O(size³). Only the lower triangle is read.
 */
export function symmetricEigen({ size, values }: SquareMatrix, wantVectors: boolean): SymmetricEigen {
  const work = Float64Array.from(values)
  const diagonal = new Float64Array(size)
  const off = new Float64Array(size)
  const basis = tridiagonalize(work, size, diagonal, off, wantVectors)
  // Rows of `basis` are the vectors while iterating, so that a rotation touches two contiguous stretches.
  implicitQl(diagonal, off, size, basis)
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[a] - diagonal[b])
  const sorted = Float64Array.from(order, (i) => diagonal[i])
  if (!basis) return { values: sorted }
  const vectors = new Float64Array(size * size)
  for (const [column, from] of order.entries()) {
    for (let row = 0; row < size; row++) vectors[row * size + column] = basis[from * size + row]
  }
  return { values: sorted, vectors }
}

/** Reduces `a` (overwritten) by reflections `I - 2 v vᵀ`; returns Qᵀ with `a = Q T Qᵀ`, if wanted. */
function tridiagonalize(
  a: Float64Array,
  size: number,
  diagonal: Float64Array,
  off: Float64Array,
  wantBasis: boolean,
): Float64Array | undefined {
  const v = new Float64Array(size)
  const p = new Float64Array(size)
  const reflections: Float64Array[] = []
  for (let k = 0; k < size - 2; k++) {
    const reflects = householderVector(a, size, k, v, off)
    if (wantBasis) reflections.push(reflects ? v.slice() : new Float64Array(0))
    if (reflects) reflectBothSides(a, size, k + 1, v, p)
  }
  for (let i = 0; i < size; i++) diagonal[i] = a[i * size + i]
  if (size > 1) off[size - 2] = a[(size - 1) * size + size - 2]
  return wantBasis ? accumulated(reflections, size) : undefined
}

/** The unit vector whose reflection clears column `k` below its subdiagonal; false where it is clear already. */
function householderVector(a: Float64Array, size: number, k: number, v: Float64Array, off: Float64Array): boolean {
  let scale = 0
  for (let i = k + 1; i < size; i++) scale = Math.max(scale, Math.abs(a[i * size + k]))
  let tail = 0
  for (let i = k + 2; i < size; i++) tail = Math.max(tail, Math.abs(a[i * size + k]))
  const first = a[(k + 1) * size + k]
  off[k] = first
  if (tail <= scale * Number.EPSILON * 1e-3) return false
  v.fill(0)
  let square = 0
  for (let i = k + 1; i < size; i++) {
    const value = a[i * size + k] / scale
    v[i] = value
    square += value * value
  }
  const norm = Math.sqrt(square)
  const sign = first < 0 ? -1 : 1
  off[k] = -sign * norm * scale
  v[k + 1] = v[k + 1] + sign * norm
  const length = Math.sqrt(square + 2 * norm * Math.abs(first / scale) + norm * norm)
  for (let i = k + 1; i < size; i++) v[i] = v[i] / length
  return true
}

/** `a ← (I - 2 v vᵀ) a (I - 2 v vᵀ)` on rows and columns from `from`: a symmetric update of rank two. */
function reflectBothSides(a: Float64Array, size: number, from: number, v: Float64Array, p: Float64Array): void {
  p.fill(0)
  for (let i = from; i < size; i++) {
    const row = i * size
    const vi = v[i]
    let sum = a[row + i] * vi
    for (let j = from; j < i; j++) {
      const value = a[row + j]
      sum += value * v[j]
      p[j] = p[j] + value * vi
    }
    p[i] = p[i] + sum
  }
  let along = 0
  for (let i = from; i < size; i++) along += v[i] * p[i]
  for (let i = from; i < size; i++) p[i] = 2 * (p[i] - along * v[i])
  for (let i = from; i < size; i++) {
    const row = i * size
    const [vi, pi] = [v[i], p[i]]
    for (let j = from; j <= i; j++) a[row + j] = a[row + j] - vi * p[j] - pi * v[j]
  }
}

/** The product of the reflections, last first, transposed: rows become eigenvectors. */
function accumulated(reflections: readonly Float64Array[], size: number): Float64Array {
  const q = new Float64Array(size * size)
  for (let i = 0; i < size; i++) q[i * size + i] = 1
  const products = new Float64Array(size)
  for (let k = reflections.length - 1; k >= 0; k--) {
    const v = reflections[k]
    if (!v || v.length === 0) continue
    // Q ← H Q, kept as its transpose: every row r of Qᵀ loses 2 (r · v) v.
    for (let row = k + 1; row < size; row++) {
      let product = 0
      for (let j = k + 1; j < size; j++) product += q[row * size + j] * v[j]
      products[row] = 2 * product
    }
    for (let row = k + 1; row < size; row++) {
      const product = products[row]
      for (let j = k + 1; j < size; j++) q[row * size + j] = q[row * size + j] - product * v[j]
    }
  }
  return q
}

const mostIterations = 60

function implicitQl(d: Float64Array, e: Float64Array, size: number, basis: Float64Array | undefined): void {
  for (let first = 0; first < size; first++) {
    for (let iteration = 0; ; iteration++) {
      let last = first
      while (last < size - 1) {
        const scale = Math.abs(d[last]) + Math.abs(d[last + 1])
        if (Math.abs(e[last]) <= Number.EPSILON * scale) break
        last++
      }
      if (last === first) break
      if (iteration === mostIterations) {
        throw new Error('Eigenvalues did not converge: does the matrix hold NaN or infinite values?')
      }
      qlStep(d, e, first, last, size, basis)
    }
  }
}

/** One QL step with Wilkinson's shift on the unreduced block from `first` to `last`. */
function qlStep(
  d: Float64Array,
  e: Float64Array,
  first: number,
  last: number,
  size: number,
  basis: Float64Array | undefined,
): void {
  const [d0, e0] = [d[first], e[first]]
  const half = (d[first + 1] - d0) / (2 * e0)
  let g = d[last] - d0 + e0 / (half + Math.sign(half || 1) * Math.hypot(half, 1))
  let [sine, cosine, shift] = [1, 1, 0]
  for (let i = last - 1; i >= first; i--) {
    const f = sine * e[i]
    const b = cosine * e[i]
    const r = Math.hypot(f, g)
    e[i + 1] = r
    if (r === 0) {
      d[i + 1] = d[i + 1] - shift
      e[last] = 0
      return
    }
    sine = f / r
    cosine = g / r
    const gap = d[i + 1] - shift
    const turned = (d[i] - gap) * sine + 2 * cosine * b
    shift = sine * turned
    d[i + 1] = gap + shift
    g = cosine * turned - b
    if (basis) rotateRows(basis, size, i, sine, cosine)
  }
  d[first] = d[first] - shift
  e[first] = g
  e[last] = 0
}

function rotateRows(basis: Float64Array, size: number, row: number, sine: number, cosine: number): void {
  const upper = row * size
  const lower = upper + size
  for (let k = 0; k < size; k++) {
    const [a, b] = [basis[upper + k], basis[lower + k]]
    basis[lower + k] = sine * a + cosine * b
    basis[upper + k] = cosine * a - sine * b
  }
}
