import { numberAt } from '@patchbay/onnx/tensor'
import { logNormal, natsOfBytes } from './bits.ts'

/**
 * A diffusion as its bound sees it: noise levels and an estimate of the clean sample. `ratios` are noise to signal,
 * √((1 − ᾱ) / ᾱ) for a variance-preserving diffusion and σ / (1 − σ) for a rectified flow, ascending, one a
 * timestep; the last may be infinite.
 */
export interface BoundedDiffusion {
  readonly ratios: readonly number[]
  /**
   * The estimate of the clean sample at timestep `step`, counted from 0, where the noise is `noise`: of
   * α · sample + σ · noise for the α and σ of the timestep.
   */
  readonly denoise: (sample: ArrayLike<number>, noise: ArrayLike<number>, step: number) => Promise<ArrayLike<number>>
  /** Standard normal numbers for a timestep and a draw, as many as the sample has. */
  readonly noise: (step: number, draw: number) => ArrayLike<number>
  /** What the last step is: a density of latents, or the probability of bytes that were scaled to -1 to 1. */
  readonly last: 'density' | 'bytes'
}

export interface BoundSettings {
  /** How many timesteps are looked at; all where it is as many as there are. */
  readonly evaluations: number
  /** Noises at each timestep that is looked at. Default 1. */
  readonly draws?: number
  /** Uniform numbers in [0, 1) that choose the timesteps, as many as there are strata. */
  readonly uniform?: (stratum: number) => number
}

/** All in nats of the whole sample. */
export interface DiffusionBound {
  /** An upper bound of −log p(x), estimated. */
  readonly nats: number
  /** L_T: what is left of the sample at the last timestep. Exact. */
  readonly prior: number
  /** L_{t−1}, summed. */
  readonly middle: number
  /** L_0: the sample where the first timestep's noise is taken away. */
  readonly last: number
  /** The standard error of `middle` that comes of the timesteps left out; 0 where all were looked at. */
  readonly error: number
  /** What was looked at, by rising timestep: the nats of the whole span of timesteps that each stands for. */
  readonly curve: readonly { readonly step: number; readonly steps: number; readonly nats: number }[]
}

/**
 * The variational bound of a diffusion on −log p(x), L_T + Σ L_{t−1} + L_0 (Ho et al. 2020, eq. 5), with the
 * variance of the true posterior at each step and β of the first timestep at the last. Of a step only ratios of
 * signal to noise (SNR) and the estimate x̂ of the clean sample matter:
 * L_{t−1} = ½ (SNR(t − 1) − SNR(t)) ‖x − x̂‖² (Kingma et al. 2021, eq. 13), whatever the network
 * predicts. So it holds for rectified flows too.
 *
 * Fewer evaluations than timesteps look at one timestep of each of so many strata, which have equal shares of the
 * range of the logarithm of noise.
 * @throws RangeError for noise levels that do not rise, or less than one evaluation
 */
export async function diffusionBound(
  diffusion: BoundedDiffusion,
  sample: ArrayLike<number>,
  settings: BoundSettings,
): Promise<DiffusionBound> {
  const { ratios } = diffusion
  checkRatios(ratios)
  if (!(settings.evaluations >= 1)) {
    throw new RangeError(`A bound looks at one timestep or more, but got ${settings.evaluations} evaluations`)
  }
  const draws = settings.draws ?? 1
  const last = await meanOver(draws, (draw) => lastStep(diffusion, sample, draw))
  const curve: { step: number; steps: number; nats: number }[] = []
  for (const { step, steps, factor } of chosenSteps(ratios, settings)) {
    const each = await meanOver(draws, (draw) => middleStep(diffusion, sample, step, draw))
    curve.push({ step, steps, nats: each * factor })
  }
  const middle = curve.reduce((sum, { nats }) => sum + nats, 0)
  const prior = priorOf(sample, ratios.at(-1) ?? Infinity)
  return { nats: prior + middle + last, prior, middle, last, error: errorOf(curve), curve }
}

/** 1 / ratio². */
const signalToNoise = (ratio: number): number => 1 / (ratio * ratio)
/** 1 − ᾱ. */
const noiseShare = (ratio: number): number => (ratio === Infinity ? 1 : (ratio * ratio) / (1 + ratio * ratio))

/** KL(q(x_T | x) ‖ N(0, 1)). */
function priorOf(sample: ArrayLike<number>, ratio: number): number {
  const noise = noiseShare(ratio)
  let sum = 0
  for (let i = 0; i < sample.length; i++) {
    const x = numberAt(sample, i)
    sum += 0.5 * ((1 - noise) * x * x + (noise - 1) - Math.log(noise))
  }
  return sum
}

async function middleStep(
  { ratios, denoise, noise }: BoundedDiffusion,
  sample: ArrayLike<number>,
  step: number,
  draw: number,
): Promise<number> {
  const [cleaner, ratio] = [numberAt(ratios, step - 1), numberAt(ratios, step)]
  const estimate = await denoise(sample, noise(step, draw), step)
  return 0.5 * (signalToNoise(cleaner) - signalToNoise(ratio)) * squaredDistance(sample, estimate)
}

/** −log p(x | x_1): the deviation is √β of the first timestep, as Ho et al. (2020, section 3.2) choose it. */
async function lastStep(
  { ratios, denoise, noise, last }: BoundedDiffusion,
  sample: ArrayLike<number>,
  draw: number,
): Promise<number> {
  const deviation = Math.sqrt(noiseShare(numberAt(ratios, 0)))
  const estimate = await denoise(sample, noise(0, draw), 0)
  if (last === 'bytes') {
    const inLevels = (x: ArrayLike<number>): Float64Array => Float64Array.from(x, (value) => (value + 1) * 127.5)
    return natsOfBytes(inLevels(sample).map(Math.round), inLevels(estimate), deviation * 127.5)
  }
  let nats = 0
  for (let i = 0; i < sample.length; i++) nats -= logNormal(numberAt(sample, i), numberAt(estimate, i), deviation)
  return nats
}

interface ChosenStep {
  readonly step: number
  /** How many timesteps it stands for. */
  readonly steps: number
  /** What its nats count, so that the sum over all strata is that of all timesteps in the mean. */
  readonly factor: number
}

/**
 * One timestep from 1 on of each stratum. A timestep's weight is by how much the logarithm of noise rises there, which
 * is about what it costs; strata have about equal weights, and within one a timestep is drawn by its weight.
 */
function chosenSteps(ratios: readonly number[], { evaluations, uniform = () => 0.5 }: BoundSettings): ChosenStep[] {
  const steps = ratios.length - 1
  if (evaluations >= steps) return Array.from({ length: steps }, (_, i) => ({ step: i + 1, steps: 1, factor: 1 }))
  const weights = Array.from({ length: steps }, (_, i) => rise(numberAt(ratios, i), numberAt(ratios, i + 1)))
  const ends = strataOf(weights, evaluations)
  return ends.map((end, stratum) => {
    const begin = stratum === 0 ? 0 : numberAt(ends, stratum - 1)
    const own = weights.slice(begin, end)
    const total = own.reduce((sum, weight) => sum + weight, 0)
    let left = uniform(stratum) * total
    const found = own.findIndex((weight) => (left -= weight) < 0)
    const at = found < 0 ? own.length - 1 : found
    return { step: begin + at + 1, steps: own.length, factor: total / (own[at] ?? total) }
  })
}

/** The weight of an infinite level is that of a step of one nat. */
const rise = (from: number, to: number): number => (to === Infinity ? 1 : Math.log(to / from))

/** Where strata end: each has at least one timestep, and as many as bring it to its share of what is left. */
function strataOf(weights: readonly number[], count: number): number[] {
  let left = weights.reduce((sum, weight) => sum + weight, 0)
  const ends: number[] = []
  let end = 0
  for (let stratum = 0; stratum < count; stratum++) {
    const share = left / (count - stratum)
    const most = weights.length - (count - stratum - 1)
    let own = numberAt(weights, end++)
    while (end < most && (stratum === count - 1 || own + numberAt(weights, end) / 2 < share))
      own += numberAt(weights, end++)
    left -= own
    ends.push(end)
  }
  return ends
}

/**
 * The standard error of a sum with one draw a stratum, from neighbours in pairs (Wolter 2007, section 2.5): no less.
 */
function errorOf(curve: DiffusionBound['curve']): number {
  if (curve.every(({ steps }) => steps === 1)) return 0
  let variance = 0
  for (let i = 0; i + 1 < curve.length; i += 2) {
    const isLastOfThree = i + 3 === curve.length
    const group = curve.slice(i, isLastOfThree ? i + 3 : i + 2).map(({ nats }) => nats)
    const mean = group.reduce((sum, nats) => sum + nats, 0) / group.length
    const squares = group.reduce((sum, nats) => sum + (nats - mean) ** 2, 0)
    variance += (group.length / (group.length - 1)) * squares
    if (isLastOfThree) break
  }
  return curve.length === 1 ? Infinity : Math.sqrt(variance)
}

async function meanOver(count: number, valueOf: (draw: number) => Promise<number>): Promise<number> {
  let sum = 0
  for (let draw = 0; draw < count; draw++) sum += await valueOf(draw)
  return sum / count
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (numberAt(a, i) - numberAt(b, i)) ** 2
  return sum
}

/** Before the first level there is no noise. */
const levelBefore = (ratios: readonly number[], step: number): number => (step === 0 ? 0 : numberAt(ratios, step - 1))

function checkRatios(ratios: readonly number[]): void {
  const wrong = ratios.findIndex((ratio, i) => !(ratio > levelBefore(ratios, i)))
  if (ratios.length >= 2 && wrong < 0) return
  throw new RangeError(
    ratios.length < 2
      ? `A diffusion has at least two timesteps, but got ${ratios.length}`
      : `Noise levels rise from above 0, but level ${wrong} is ${ratios[wrong]} after ${levelBefore(ratios, wrong)}`,
  )
}
