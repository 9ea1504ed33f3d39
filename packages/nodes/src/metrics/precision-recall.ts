import { requireSameWidth, type Features } from './feature-statistics.ts'

export interface PrecisionRecall {
  /** Share of generated pictures that lie among the real ones: fidelity. */
  readonly precision: number
  /** Share of real pictures that lie among the generated ones: variety. */
  readonly recall: number
}

/**
 * Improved precision and recall (Kynkäänniemi et al. 2019, eqs. 1 to 3): a picture lies among a set if it is within the
 * distance from some member to that member's `k`-th nearest neighbour in the set.
 */
export function precisionRecall(real: Features, generated: Features, k = 3): PrecisionRecall {
  requireSameWidth('Precision and recall', real, generated)
  for (const [name, { count }] of Object.entries({ real, generated })) {
    if (count <= k)
      throw new RangeError(`Precision and recall: ${k} neighbours need more than ${count} ${name} pictures.`)
  }
  return { precision: shareAmong(generated, real, k), recall: shareAmong(real, generated, k) }
}

function shareAmong(candidates: Features, members: Features, k: number): number {
  const radii = squaredRadii(members, k)
  let inside = 0
  for (let candidate = 0; candidate < candidates.count; candidate++) {
    const near = radii.findIndex((radius, member) => squaredDistance(candidates, candidate, members, member) <= radius)
    if (near >= 0) inside++
  }
  return inside / candidates.count
}

/** Of each member, the squared distance to its `k`-th nearest other member. */
function squaredRadii(members: Features, k: number): Float64Array {
  return Float64Array.from({ length: members.count }, (_, row) => {
    const nearest = new Float64Array(k).fill(Infinity)
    for (let other = 0; other < members.count; other++) {
      if (other === row) continue
      const distance = squaredDistance(members, row, members, other)
      if (distance < nearest[k - 1]) {
        nearest[k - 1] = distance
        nearest.sort()
      }
    }
    return nearest[k - 1]
  })
}

function squaredDistance(a: Features, aRow: number, b: Features, bRow: number): number {
  const { width } = a
  let sum = 0
  for (let i = 0; i < width; i++) {
    const difference = a.values[aRow * width + i] - b.values[bRow * width + i]
    sum += difference * difference
  }
  return sum
}
