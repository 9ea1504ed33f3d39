import { elementCountOf, float32, type Tensor } from '@patchbay/onnx/tensor'
import { philoxNormal } from './philox.ts'

const levels = 12
const lowestOctave = -24
/** Keeps the path's draws apart from those of initial and step noise under the same seed. */
const pathStream = 0x40000000

/**
 * A Brownian path W over sigma, one for each element, as a pure function of the seed: any interval can be asked for, in
 * any order, and disjoint intervals are independent. Within an octave [2^k, 2^(k+1)) the path is refined by Lévy's
 * midpoint construction down to 2^-12 of the octave and straight below that, so that no interval depends on the
 * schedule that asks.
 */
export interface BrownianPath {
  /** (W(to) − W(from)) / √|to − from|: standard normal for each element. Throws a RangeError for an empty interval. */
  increment(from: number, to: number): Tensor
}

export function createBrownianPath(seed: bigint, shape: readonly number[]): BrownianPath {
  const count = elementCountOf(shape)
  const normal = (octave: number, node: number): Float32Array =>
    philoxNormal(seed, shape, [node, pathStream + octave - lowestOctave]).data
  /** The last two values of `withinOctave`: the end of one step is the start of the next. */
  const remembered = new Map<number, Float64Array>()

  /** W(sigma) − W(start of its octave). */
  function withinOctave(sigma: number): Float64Array {
    const known = remembered.get(sigma)
    if (known !== undefined) return known
    const sum = new Float64Array(count)
    addWithinOctave(sum, octaveOf(sigma), sigma)
    const [oldest] = remembered.keys()
    if (remembered.size >= 2 && oldest !== undefined) remembered.delete(oldest)
    remembered.set(sigma, sum)
    return sum
  }

  function addWithinOctave(sum: Float64Array, octave: number, sigma: number): void {
    const width = 2 ** octave
    const position = Math.min(1, Math.max(0, sigma / width - 1))
    if (position === 0) return
    let share = Math.sqrt(width)
    // The sum of the straight line over the octave and of the tent functions, ever narrower, that the position falls
    // under.
    addScaled(sum, normal(octave, 0), share * position)
    let [node, within] = [1, position]
    share *= 0.5
    for (let level = 0; level < levels; level++) {
      addScaled(sum, normal(octave, node), share * (1 - Math.abs(2 * within - 1)))
      const isRight = within >= 0.5
      within = 2 * within - (isRight ? 1 : 0)
      node = 2 * node + (isRight ? 1 : 0)
      if (within === 0) return
      share *= Math.SQRT1_2
    }
  }

  function increment(from: number, to: number): Tensor {
    if (!(from >= 0 && to >= 0 && from !== to && Number.isFinite(from + to))) {
      throw new RangeError(`A Brownian increment needs two different sigmas from 0 up, but got ${from} and ${to}`)
    }
    const [low, high] = [Math.min(from, to), Math.max(from, to)]
    const between = new Float64Array(count)
    for (let octave = octaveOf(low); octave < octaveOf(high); octave++) {
      addScaled(between, normal(octave, 0), Math.sqrt(2 ** octave))
    }
    const [above, below] = [withinOctave(high), withinOctave(low)]
    const normalised = new Float32Array(count)
    const factor = (to > from ? 1 : -1) / Math.sqrt(high - low)
    for (let i = 0; i < count; i++) {
      normalised[i] = (between[i] + above[i] - below[i]) * factor
    }
    return float32(shape, normalised)
  }

  return { increment }
}

/** The k with 2^k ≤ sigma < 2^(k+1), never below the lowest octave, where the path is taken as constant. */
function octaveOf(sigma: number): number {
  const octave = Math.max(lowestOctave, Math.floor(Math.log2(sigma)))
  return 2 ** octave > sigma && octave > lowestOctave ? octave - 1 : octave
}

function addScaled(sum: Float64Array, values: Float32Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i] + factor * values[i]
}
