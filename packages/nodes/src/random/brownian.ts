import { elementCount, tensorOf, type Tensor } from '../tensor/index.ts'
import { philoxNormal } from './philox.ts'

const levels = 16
const lowestOctave = -24
/** Keeps the path's draws apart from those of initial and step noise under the same seed. */
const pathStream = 0x40000000

/**
 * A Brownian path W over sigma, one for each element, as a pure function of the seed: any interval can be asked for, in any order,
 * and disjoint intervals are independent. Within an octave [2^k, 2^(k+1)) the path is refined by Lévy's midpoint construction
 * down to 2^-16 of the octave and straight below that, so that no interval depends on the schedule that asks.
 */
export interface BrownianPath {
  /** (W(to) − W(from)) / √|to − from|: standard normal for each element. Throws a RangeError for an empty interval. */
  increment(from: number, to: number): Tensor
}

export function createBrownianPath(seed: bigint, shape: readonly number[]): BrownianPath {
  const count = elementCount(shape)
  const normal = (octave: number, node: number): Float32Array =>
    philoxNormal(seed, shape, [node, pathStream + octave - lowestOctave]).data

  /** Adds sign · (W(sigma) − W(start of its octave)) to `sum`. */
  function addWithinOctave(sum: Float64Array, octave: number, sigma: number, sign: number): void {
    const width = 2 ** octave
    const position = Math.min(1, Math.max(0, sigma / width - 1))
    if (position === 0) return
    let share = sign * Math.sqrt(width)
    // W(position) on the unit interval = position-wise sum of the tent functions that the path passes.
    addScaled(sum, normal(octave, 0), share * position)
    if (position === 1) return
    let node = 1
    let within = position
    share *= 0.5
    for (let level = 0; level < levels; level++) {
      addScaled(sum, normal(octave, node), share * (1 - Math.abs(2 * within - 1)))
      within *= 2
      node *= 2
      if (within >= 1) {
        within -= 1
        node += 1
      }
      if (within === 0) return
      share *= Math.SQRT1_2
    }
  }

  function increment(from: number, to: number): Tensor {
    if (!(from >= 0 && to >= 0 && from !== to && Number.isFinite(from + to))) {
      throw new RangeError(`A Brownian increment needs two different sigmas from 0 up, but got ${from} and ${to}`)
    }
    const [low, high] = [Math.min(from, to), Math.max(from, to)]
    const [lowOctave, highOctave] = [octaveOf(low), octaveOf(high)]
    const sum = new Float64Array(count)
    for (let octave = lowOctave; octave < highOctave; octave++)
      addScaled(sum, normal(octave, 0), Math.sqrt(2 ** octave))
    addWithinOctave(sum, lowOctave, low, -1)
    addWithinOctave(sum, highOctave, high, 1)
    const normalised = new Float32Array(count)
    const factor = (to > from ? 1 : -1) / Math.sqrt(high - low)
    for (let i = 0; i < count; i++) normalised[i] = (sum[i] ?? 0) * factor
    return tensorOf(normalised, shape)
  }

  return { increment }
}

/** The k with 2^k ≤ sigma < 2^(k+1), never below the lowest octave, where the path is taken as constant. */
function octaveOf(sigma: number): number {
  const octave = Math.max(lowestOctave, Math.floor(Math.log2(sigma)))
  return 2 ** octave > sigma && octave > lowestOctave ? octave - 1 : octave
}

function addScaled(sum: Float64Array, values: Float32Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + factor * (values[i] ?? 0)
}
