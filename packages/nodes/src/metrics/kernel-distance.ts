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
 * KID (Bińkowski et al. 2018, section 4): the unbiased squared maximum mean discrepancy under the kernel `(x·y / width + 1)³`,
 * averaged over random subsets. Around 0, also a little below, for two samples of one distribution.
 */
export function kernelDistance(
  a: Features,
  b: Features,
  { subsetSize = 1000, subsets = 100, random }: KernelDistanceOptions,
): KernelDistance {
  requireSameWidth('KID', a, b)
  const size = Math.min(subsetSize, a.count, b.count)
  if (size < 2) throw new RangeError(`KID needs at least two feature vectors a set, got ${a.count} and ${b.count}.`)
  const estimates = Array.from({ length: subsets }, () =>
    squaredDiscrepancy(a, chosenRows(a.count, size, random), b, chosenRows(b.count, size, random)),
  )
  const mean = estimates.reduce((sum, value) => sum + value, 0) / subsets
  const variance = estimates.reduce((sum, value) => sum + (value - mean) ** 2, 0) / subsets
  return { mean, standardDeviation: Math.sqrt(variance), subsets }
}

/** Gretton et al. (2012), eq. 3, on the given rows (as many of each). */
export function squaredDiscrepancy(
  a: Features,
  aRows: readonly number[],
  b: Features,
  bRows: readonly number[],
): number {
  const n = aRows.length
  let [within, across] = [0, 0]
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const [ai, aj, bi, bj] = [aRows[i] ?? 0, aRows[j] ?? 0, bRows[i] ?? 0, bRows[j] ?? 0]
      if (i < j) within += 2 * (cubicKernel(a, ai, a, aj) + cubicKernel(b, bi, b, bj))
      across += cubicKernel(a, ai, b, bj)
    }
  }
  return within / (n * (n - 1)) - (2 * across) / (n * n)
}

function cubicKernel(a: Features, aRow: number, b: Features, bRow: number): number {
  const { width } = a
  let product = 0
  for (let i = 0; i < width; i++) product += (a.values[aRow * width + i] ?? 0) * (b.values[bRow * width + i] ?? 0)
  return (product / width + 1) ** 3
}

/** The first `size` places of a Fisher-Yates shuffle of all rows. */
function chosenRows(count: number, size: number, random: () => number): readonly number[] {
  const rows = Array.from({ length: count }, (_, i) => i)
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(random() * (count - i))
    const [kept, moved] = [rows[i] ?? 0, rows[j] ?? 0]
    rows[i] = moved
    rows[j] = kept
  }
  return rows.slice(0, size)
}
