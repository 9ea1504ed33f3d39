import type { Features } from './feature-statistics.ts'

/**
 * Inception score (Salimans et al. 2016, section 4): `exp(E KL(p(y|x) ‖ p(y)))` in `splits` equal parts in the order
 * given, from 1 (all pictures alike, or each unsure) to the number of classes.
 * @param probabilities one row a picture, each summing to 1
 */
export function inceptionScore(
  probabilities: Features,
  splits = 10,
): { readonly mean: number; readonly standardDeviation: number } {
  const { count } = probabilities
  if (!Number.isInteger(splits) || splits < 1 || count < splits) {
    throw new RangeError(`Inception score: ${count} pictures cannot be split into ${splits} parts of at least one.`)
  }
  const scores = Array.from({ length: splits }, (_, part) =>
    scoreOfRows(probabilities, Math.floor((part * count) / splits), Math.floor(((part + 1) * count) / splits)),
  )
  const mean = scores.reduce((sum, value) => sum + value, 0) / splits
  const variance = scores.reduce((sum, value) => sum + (value - mean) ** 2, 0) / splits
  return { mean, standardDeviation: Math.sqrt(variance) }
}

function scoreOfRows({ values, width }: Features, from: number, to: number): number {
  const marginal = new Float64Array(width)
  for (let row = from; row < to; row++) {
    for (let i = 0; i < width; i++) marginal[i] = marginal[i] + values[row * width + i] / (to - from)
  }
  let divergence = 0
  for (let row = from; row < to; row++) {
    for (let i = 0; i < width; i++) {
      const p = values[row * width + i]
      if (p > 0) divergence += p * (Math.log(p) - Math.log(marginal[i]))
    }
  }
  return Math.exp(divergence / (to - from))
}
