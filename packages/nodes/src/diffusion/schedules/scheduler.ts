import type { NoiseProcess } from '../process/noise-process.ts'

/** A named rule that makes `steps` falling sigmas of a noise process; the 0 at the end is added by `sigmasFor`. */
export type Scheduler = (process: NoiseProcess, steps: number) => number[]

/** `count` values from start to end, both included; start alone for a count of 1. */
export function linspace(start: number, end: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (count === 1 ? start : start + ((end - start) * i) / (count - 1)))
}

/**
 * The training sigmas at fractional positions of the table, falling. Whole positions are taken first, by `rounded`;
 * where that would repeat a sigma (more steps than the table has room for), the position itself is interpolated.
 */
export function tableSigmas(
  process: NoiseProcess,
  positions: readonly number[],
  rounded: (position: number) => number,
): number[] {
  const whole = positions.map((position) => process.sigmas[rounded(position)] ?? process.sigmaMin)
  const falls = whole.every((sigma, i) => i === 0 || sigma < (whole[i - 1] ?? Infinity))
  return falls ? whole : positions.map((position) => interpolated(process.sigmas, position))
}

function interpolated(table: readonly number[], position: number): number {
  const low = Math.floor(position)
  const below = table[low] ?? table[0] ?? 0
  const above = table[low + 1] ?? below
  return below + (position - low) * (above - below)
}
