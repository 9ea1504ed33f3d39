import { numberAt } from '@patchbay/onnx/tensor'
import { philoxUniform, type Seed } from '../../random/index.ts'

/** Streams of one seed that must not meet: what each purpose of a training step draws from. */
export const trainingStreams = {
  rows: 11,
  noise: 12,
  timesteps: 13,
  captions: 14,
  latentNoise: 15,
  dequantisation: 17,
  rotations: 18,
  masks: 19,
} as const

export interface BatchChoice {
  readonly seed: Seed
  /** Counted from 0. */
  readonly step: number
  readonly batch: number
  /** How often each row is chosen, relative to the others; 0 is never. */
  readonly weights: ArrayLike<number>
}

/**
 * The rows of one training step, drawn with replacement in proportion to their weights. A pure function of seed and
 * step, so that a run that is continued sees the very batches that an unbroken run would have seen.
 */
export function rowsOfStep({ seed, step, batch, weights }: BatchChoice): number[] {
  const cumulative = new Float64Array(weights.length)
  let total = 0
  for (let i = 0; i < weights.length; i++) {
    const weight = numberAt(weights, i)
    if (!(weight >= 0) || weight === Infinity) {
      throw new RangeError(`The weight of row ${i} is ${weight}; expected a finite number of at least 0.`)
    }
    total += weight
    cumulative[i] = total
  }
  if (total === 0) throw new RangeError('No row can be chosen: there are none, or all their weights are 0.')
  const drawn = philoxUniform(seed, [batch], [step, trainingStreams.rows]).data
  return Array.from(drawn, (u) => firstAbove(cumulative, u * total))
}

/** The first place whose value is above `target`, by bisection. */
function firstAbove(ascending: Float64Array, target: number): number {
  let [low, high] = [0, ascending.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (numberAt(ascending, middle) > target) high = middle
    else low = middle + 1
  }
  return low
}
