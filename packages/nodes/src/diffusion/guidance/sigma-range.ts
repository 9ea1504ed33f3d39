import type { SigmaScale } from '../process/noise-process.ts'

/**
 * The noise levels in which something acts: above `to`, up to and with `from`. Ranges that meet neither overlap nor
 * leave a gap.
 */
export interface SigmaRange {
  readonly from: number
  readonly to: number
}

export function isWithin({ from, to }: SigmaRange, sigma: number): boolean {
  return sigma <= from && sigma > to
}

/**
 * The range of a share of the training timesteps, 0 = pure noise, 1 = clean. Throws a RangeError unless 0 ≤ start ≤
 * end ≤ 1.
 */
export function sigmaRangeOf(scale: SigmaScale, start: number, end: number): SigmaRange {
  expectShares(start, end)
  return { from: start === 0 ? Infinity : scale.sigmaAt(start), to: end === 1 ? -1 : scale.sigmaAt(end) }
}

/** The range of a share of the steps of a schedule, as prompt schedules such as `[a:b:0.5]` count. */
export function sigmaRangeOfSteps(sigmas: readonly number[], start: number, end: number): SigmaRange {
  expectShares(start, end)
  const boundary = (share: number): number => {
    const position = share * (sigmas.length - 1)
    const step = Math.floor(position + 1e-9)
    const [here, before] = [sigmas[step], sigmas[step - 1]]
    // Between two steps, so that estimates inside a step (of Heun, say) stay on its side but for those at its very end.
    return here === undefined || before === undefined ? Infinity : Math.sqrt(here * before)
  }
  return { from: start === 0 ? Infinity : boundary(start), to: end === 1 ? -1 : boundary(end) }
}

function expectShares(start: number, end: number): void {
  if (!(start >= 0 && start <= end && end <= 1)) {
    throw new RangeError(`A range runs from a start to an end, both from 0 to 1, but got ${start} to ${end}`)
  }
}
