import { requireSameWidth, type Features } from './feature-statistics.ts'

export interface KernelDistance {
  readonly mean: number
  readonly standardDeviation: number
  readonly subsets: number
}

export interface KernelDistanceOptions {
  /** Drawn without replacement from each set; at most the smaller set. */
  readonly subsetSize?: number
  readonly subsets?: number
  /** Uniform in [0, 1): decides which vectors fall into which subset. */
  readonly random: () => number
}

/**
 * KID (Bińkowski et al. 2018, section 4): the unbiased squared maximum mean discrepancy under the kernel `(x·y / width
 * + 1)³`, averaged over random subsets. Around 0, also a little below, for two samples of one distribution.
 */
export function kernelDistance(
  a: Features,
  b: Features,
  { subsetSize = 1000, subsets = 100, random }: KernelDistanceOptions,
): KernelDistance {
  requireSameWidth('KID', a, b)
  const size = Math.min(subsetSize, a.count, b.count)
  if (size < 2) throw new RangeError(`KID needs at least two feature vectors a set, got ${a.count} and ${b.count}.`)
  const kernels = kernelsOf(a, b, size * size * subsets)
  const estimates = Array.from({ length: subsets }, () =>
    discrepancyUnder(kernels, chosenRows(a.count, size, random), chosenRows(b.count, size, random)),
  )
  const mean = estimates.reduce((sum, value) => sum + value, 0) / subsets
  const variance = estimates.reduce((sum, value) => sum + (value - mean) ** 2, 0) / subsets
  return { mean, standardDeviation: Math.sqrt(variance), subsets }
}

type Kernel = (row: number, other: number) => number
interface Kernels {
  readonly within: readonly [a: Kernel, b: Kernel]
  readonly across: Kernel
}

/** Tables of more numbers than this are not kept: 200 MB. */
const mostKept = 25_000_000

/**
 * Kernels that are looked up where the same pairs come again and again, and computed where a table would be too large
 * or for few pairs.
 */
function kernelsOf(a: Features, b: Features, pairs: number): Kernels {
  const numbers = a.count ** 2 + b.count ** 2 + a.count * b.count
  const kernel = (x: Features, y: Features): Kernel => {
    if (numbers > mostKept || numbers > 3 * pairs) return (row, other) => cubicKernel(x, row, y, other)
    const table = new Float64Array(x.count * y.count)
    for (let row = 0; row < x.count; row++) {
      for (let other = x === y ? row : 0; other < y.count; other++) {
        const value = cubicKernel(x, row, y, other)
        table[row * y.count + other] = value
        if (x === y) table[other * y.count + row] = value
      }
    }
    return (row, other) => table[row * y.count + other]
  }
  return { within: [kernel(a, a), kernel(b, b)], across: kernel(a, b) }
}

/** Gretton et al. (2012), eq. 3, on the given rows (as many of each). */
export const squaredDiscrepancy = (
  a: Features,
  aRows: readonly number[],
  b: Features,
  bRows: readonly number[],
): number => discrepancyUnder(kernelsOf(a, b, 0), aRows, bRows)

function discrepancyUnder({ within, across }: Kernels, aRows: readonly number[], bRows: readonly number[]): number {
  const [ofA, ofB] = within
  const n = aRows.length
  let [inside, between] = [0, 0]
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const [ai, aj, bi, bj] = [aRows[i], aRows[j], bRows[i], bRows[j]]
      if (i < j) inside += 2 * (ofA(ai, aj) + ofB(bi, bj))
      between += across(ai, bj)
    }
  }
  return inside / (n * (n - 1)) - (2 * between) / (n * n)
}

function cubicKernel(a: Features, aRow: number, b: Features, bRow: number): number {
  const { width } = a
  const [values, others] = [a.values, b.values]
  let [x, y] = [aRow * width, bRow * width]
  let product = 0
  for (const end = x + width; x < end; x++, y++) product += values[x] * others[y]
  return (product / width + 1) ** 3
}

/** The first `size` places of a Fisher-Yates shuffle of all rows. */
function chosenRows(count: number, size: number, random: () => number): readonly number[] {
  const rows = Array.from({ length: count }, (_, i) => i)
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(random() * (count - i))
    const [kept, moved] = [rows[i], rows[j]]
    rows[i] = moved
    rows[j] = kept
  }
  return rows.slice(0, size)
}
