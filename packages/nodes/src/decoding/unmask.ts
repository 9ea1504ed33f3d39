import { numberAt } from '@patchbay/onnx/tensor'
/** How the number of masked tokens falls from pass to pass. */
export const unmaskSchedules = ['cosine', 'linear'] as const
export type UnmaskSchedule = (typeof unmaskSchedules)[number]

const { fround } = Math

/**
 * The share of tokens that are masked after pass `pass` of `passes`, from 0 (Chang et al. 2022, section 3.3). In
 * single precision, as diffusers' AmusedScheduler counts: at a whole number of tokens the last bit decides.
 */
export function maskedShare(schedule: UnmaskSchedule, pass: number, passes: number): number {
  const ratio = fround((pass + 1) / passes)
  if (schedule === 'linear') return fround(1 - ratio)
  return fround(Math.cos(fround(fround(ratio * fround(Math.PI)) / 2)))
}

/** The temperature of each pass, from the first to the last in even steps. */
export function passTemperatures(first: number, last: number, passes: number): readonly number[] {
  const step = passes === 1 ? 0 : (last - first) / (passes - 1)
  return Array.from({ length: passes }, (_, pass) => fround(first + pass * step))
}

/** One pass over one item. */
export interface UnmaskPass {
  /** Probability of each place's predicted token. */
  readonly probabilities: Float32Array
  /** Whether each place was masked before the pass. */
  readonly isMasked: readonly boolean[]
  /** A number in [0, 1) for each place: what the Gumbel noise is made of. */
  readonly draws: Float32Array
  readonly pass: number
  readonly passes: number
  readonly schedule: UnmaskSchedule
  /** How much the Gumbel noise counts beside the confidence. */
  readonly temperature: number
  /** The share that was masked at the start; less than 1 where a picture is repainted. Default 1. */
  readonly startShare?: number
}

/**
 * Which places are masked again after a pass: those whose predictions are least sure, log p + temperature · Gumbel
 * (Chang et al. 2022; diffusers' AmusedScheduler). At least one place stays masked until the last pass, and a
 * place that was not masked never is.
 */
export function masksAfter(unmask: UnmaskPass): readonly boolean[] {
  const { probabilities, isMasked, draws, pass, passes, schedule, temperature, startShare = 1 } = unmask
  if (pass === passes - 1) return isMasked.map(() => false)
  const masked = isMasked.filter(Boolean).length
  const wanted = Math.floor(fround(isMasked.length * fround(startShare * maskedShare(schedule, pass, passes))))
  const count = Math.max(1, Math.min(masked - 1, wanted))
  const confidence = Float32Array.from(probabilities, (probability, place) => {
    const noise = fround(temperature * gumbel(numberAt(draws, place)))
    // The largest single: what was there before is surer than anything.
    return fround(logOf(isMasked[place] === true ? probability : 3.4028234663852886e38) + noise)
  })
  const cutOff = confidence.slice().sort()[count] ?? Infinity
  return Array.from(confidence, (value, place) => isMasked[place] === true && value < cutOff)
}

const logOf = (value: number): number => fround(Math.log(Math.max(fround(1e-20), value)))
const gumbel = (draw: number): number => -logOf(-logOf(draw))
