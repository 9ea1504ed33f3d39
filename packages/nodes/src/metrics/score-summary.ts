/** What is told of many scores at once. */
export interface ScoreSummary {
  readonly count: number
  readonly mean: number
  /** Of the scores themselves, divided by their count. */
  readonly deviation: number
  readonly least: number
  readonly median: number
  readonly most: number
}

/** @throws RangeError where there is no score, or one is no finite number */
export function summaryOf(scores: readonly number[]): ScoreSummary {
  const wrong = scores.findIndex((score) => !Number.isFinite(score))
  if (scores.length === 0) throw new RangeError('There are no scores to report')
  if (wrong >= 0) throw new RangeError(`Score ${wrong + 1} of ${scores.length} is ${scores[wrong]}, no finite number`)
  const sorted = [...scores].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
  return {
    count: scores.length,
    mean,
    deviation: Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length),
    least: sorted[0],
    median: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2,
    most: sorted.at(-1) ?? 0,
  }
}

export interface Histogram {
  /** One more than there are counts, ascending, in equal steps. */
  readonly edges: readonly number[]
  readonly counts: readonly number[]
}

/**
 * Counts in `bins` equal steps from the least to the most; a score on an edge counts in the step above it, the most in
 * the last.
 */
export function histogramOf(scores: readonly number[], bins: number): Histogram {
  const { least, most } = summaryOf(scores)
  const width = (most - least) / bins || 1 / bins
  const counts = Array.from({ length: bins }, () => 0)
  for (const score of scores) {
    const bin = Math.min(bins - 1, Math.floor((score - least) / width))
    counts[bin] = counts[bin] + 1
  }
  return { edges: Array.from({ length: bins + 1 }, (_, i) => least + i * width), counts }
}

/** Pearson's correlation of scores in pairs, -1 to 1; undefined where all of one side are equal. */
export function correlationOf(a: readonly number[], b: readonly number[]): number | undefined {
  const [first, second] = [summaryOf(a), summaryOf(b)]
  if (first.count !== second.count) {
    throw new RangeError(`Scores in pairs need as many of each, but there are ${first.count} and ${second.count}`)
  }
  if (first.deviation === 0 || second.deviation === 0) return undefined
  const sum = a.reduce((total, score, i) => total + (score - first.mean) * (b[i] - second.mean), 0)
  return sum / (first.count * first.deviation * second.deviation)
}
