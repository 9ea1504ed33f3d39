import { numberAt } from '@patchbay/onnx/tensor'
import { stableDiffusionBetas, trainingSigmas, type BetaSchedule } from './beta-schedule.ts'
import type { TimestepSpacing } from './timestep-spacing.ts'

/**
 * What a network predicts: the noise, the velocity of diffusion, the velocity of a rectified flow, the clean sample, or
 * what Karras et al. (2022) call F.
 */
export const predictionTypes = ['epsilon', 'v', 'flow', 'sample', 'edm'] as const
export type PredictionType = (typeof predictionTypes)[number]

/**
 * What a sigma means: x = alpha(sigma) · latents + sigma · noise, with alpha = 1 for diffusion (the
 * variance-exploding form) and alpha = 1 − sigma for a rectified flow. All that samplers ask of a model.
 */
export interface SigmaScale {
  alphaOf(sigma: number): number
  /** The sigma whose noise-to-signal ratio sigma / alpha is `ratio`. */
  sigmaOfRatio(ratio: number): number
  /**
   * The sigma at which a share of sampling is done: 0 is the start (pure noise), 1 the end. Timestep ranges are given
   * so.
   */
  sigmaAt(progress: number): number
}

/** How noise was added in training, and how the network speaks of it. */
export interface NoiseProcess extends SigmaScale {
  readonly predictionType: PredictionType
  /** Training sigmas, ascending, at timesteps 0, 1, … of the training table. */
  readonly sigmas: readonly number[]
  readonly sigmaMin: number
  readonly sigmaMax: number
  /** Which timesteps its checkpoint is sampled at, where that is known. */
  readonly spacing?: TimestepSpacing
  /** The spread of the data that the network's input and output are scaled for. Default 1. */
  readonly dataSpread?: number
  /**
   * Of models that were distilled to consistency: how much of x stands in an estimate at a timestep, and how much of
   * what the prediction says (Luo et al. 2023, section 4.2).
   */
  boundaryAt?(timestep: number): { readonly skip: number; readonly out: number }
  /** The timestep that the network is conditioned on at a sigma. */
  timestepOf(sigma: number): number
  /** The sigma at a timestep, which may lie between two of the table (then log-linear for diffusion). */
  sigmaOf(timestep: number): number
}

export interface DiffusionSettings {
  readonly predictionType?: 'epsilon' | 'v' | 'sample'
  readonly betas?: BetaSchedule
  readonly zeroTerminalSnr?: boolean
  /** What is left of the signal (ᾱ) at zero terminal SNR. Default 4.8973 · 10⁻⁸. */
  readonly terminalSignal?: number
  /**
   * Timesteps between those of the table: `nearest` gives whole timesteps, as networks were trained; `interpolated` is
   * log-linear between neighbours.
   */
  readonly timesteps?: 'nearest' | 'interpolated'
  readonly spacing?: TimestepSpacing
}

/** A diffusion trained with a beta schedule; Stable Diffusion's by default. */
export function diffusionProcess(settings: DiffusionSettings = {}): NoiseProcess {
  const { predictionType = 'epsilon', betas = stableDiffusionBetas, zeroTerminalSnr = false } = settings
  const sigmas = trainingSigmas(betas, zeroTerminalSnr, settings.terminalSignal)
  const logs = sigmas.map((sigma) => Math.fround(Math.log(sigma)))
  const [sigmaMin, sigmaMax] = endsOf(sigmas)
  const interpolate = settings.timesteps === 'interpolated'
  const sigmaOf = (timestep: number): number => Math.fround(Math.exp(singleValueAt(logs, timestep)))
  return {
    predictionType,
    sigmas,
    sigmaMin,
    sigmaMax,
    ...(settings.spacing && { spacing: settings.spacing }),
    alphaOf: () => 1,
    sigmaOfRatio: (ratio) => ratio,
    timestepOf: (sigma) => (interpolate ? positionOf(logs, Math.log(sigma)) : nearestTo(logs, sigma)),
    sigmaOf,
    sigmaAt: (progress) => sigmaOf((1 - Math.min(1, Math.max(0, progress))) * (sigmas.length - 1)),
  }
}

/** Steps that latent consistency models were distilled on. */
const distilledSteps = 50
/** By how much timesteps are scaled in the boundary scalings, and the spread of the data there. */
const [boundaryScale, boundarySpread] = [10, 0.5]

/**
 * The process of a latent consistency model of another diffusion: the training table has every twentieth of its
 * timesteps alone, and estimates are scaled so that the cleanest timestep changes nothing (Luo et al. 2023).
 */
export function consistencyProcess(base: NoiseProcess): NoiseProcess {
  const stride = Math.floor(base.sigmas.length / distilledSteps)
  const steps = Array.from({ length: distilledSteps }, (_, i) => (i + 1) * stride - 1)
  const sigmas = steps.map((timestep) => base.sigmas[timestep] ?? base.sigmaMax)
  const logs = sigmas.map((sigma) => Math.fround(Math.log(sigma)))
  const [sigmaMin, sigmaMax] = endsOf(sigmas)
  const sigmaOf = (timestep: number): number =>
    Math.fround(Math.exp(singleValueAt(logs, (timestep - stride + 1) / stride)))
  return {
    ...base,
    sigmas,
    sigmaMin,
    sigmaMax,
    timestepOf: (sigma) => steps[nearestTo(logs, sigma)] ?? stride - 1,
    sigmaOf,
    sigmaAt: (progress) => sigmaOf((1 - Math.min(1, Math.max(0, progress))) * (base.sigmas.length - 1)),
    boundaryAt(timestep) {
      const scaled = boundaryScale * timestep
      const variance = scaled ** 2 + boundarySpread ** 2
      return { skip: boundarySpread ** 2 / variance, out: scaled / Math.sqrt(variance) }
    },
  }
}

export interface ContinuousSettings {
  readonly predictionType: 'epsilon' | 'v' | 'edm'
  /** What the network calls a noise level: a quarter of its logarithm (EDM), or its angle as a share of a right one. */
  readonly timesteps: 'logarithm' | 'angle'
  readonly sigmaMin: number
  readonly sigmaMax: number
  readonly dataSpread: number
}

/**
 * A diffusion that was trained on any noise level between two, rather than on a table of them (Karras et al. 2022,
 * table 1; Salimans and Ho 2022). Throws a RangeError unless the levels rise above 0.
 */
export function continuousProcess({
  predictionType,
  timesteps,
  sigmaMin,
  sigmaMax,
  dataSpread,
}: ContinuousSettings): NoiseProcess {
  if (!(sigmaMin > 0 && sigmaMax > sigmaMin)) {
    throw new RangeError(`Noise levels rise from one above 0, but got ${sigmaMin} to ${sigmaMax}`)
  }
  const isLog = timesteps === 'logarithm'
  const [low, high] = [Math.log(sigmaMin), Math.log(sigmaMax)]
  const entries = 1000
  const sigmas = Array.from({ length: entries }, (_, i) => Math.exp(low + ((high - low) * i) / (entries - 1)))
  return {
    predictionType,
    dataSpread,
    sigmas,
    sigmaMin,
    sigmaMax,
    alphaOf: () => 1,
    sigmaOfRatio: (ratio) => ratio,
    timestepOf: (sigma) => (isLog ? Math.log(sigma) / 4 : Math.atan(sigma) / (Math.PI / 2)),
    sigmaOf: (timestep) => (isLog ? Math.exp(4 * timestep) : Math.tan((timestep * Math.PI) / 2)),
    sigmaAt: (progress) => Math.exp(low + (high - low) * (1 - Math.min(1, Math.max(0, progress)))),
  }
}

export interface FlowSettings {
  /**
   * Moves the schedule towards noise: sigma = shift · t / (1 + (shift − 1) · t) (Esser et al. 2024, eq. 23).
   * 1 leaves it.
   */
  readonly shift?: number
  /** What the network calls sigma 1: 1000 for SD 3, 1 for FLUX. */
  readonly timestepScale?: number
  /** Entries of the training table. */
  readonly timesteps?: number
}

/** A rectified flow: x = (1 − sigma) · latents + sigma · noise, the network predicts noise − latents. */
export function flowProcess({ shift = 1, timestepScale = 1000, timesteps = 1000 }: FlowSettings = {}): NoiseProcess {
  if (!(shift > 0)) throw new RangeError(`A flow's shift is a number above 0, but got ${shift}`)
  const shifted = (t: number): number => (shift * t) / (1 + (shift - 1) * t)
  const sigmas = Array.from({ length: timesteps }, (_, i) => shifted((i + 1) / timesteps))
  const [sigmaMin, sigmaMax] = endsOf(sigmas)
  return {
    predictionType: 'flow',
    sigmas,
    sigmaMin,
    sigmaMax,
    alphaOf: (sigma) => 1 - sigma,
    sigmaOfRatio: (ratio) => ratio / (1 + ratio),
    timestepOf: (sigma) => sigma * timestepScale,
    sigmaOf: (timestep) => shifted(timestep / timestepScale),
    sigmaAt: (progress) => shifted(1 - Math.min(1, Math.max(0, progress))),
  }
}

/**
 * FLUX's shift for a picture of `imageTokens` patches: exp of a line through (256, baseShift) and (4096, maxShift).
 */
export function fluxShift(imageTokens: number, baseShift = 0.5, maxShift = 1.15): number {
  return Math.exp(baseShift + ((maxShift - baseShift) * (imageTokens - 256)) / (4096 - 256))
}

function endsOf(sigmas: readonly number[]): readonly [number, number] {
  const [first, last] = [sigmas[0], sigmas.at(-1)]
  if (first === undefined || last === undefined) throw new RangeError('A noise process needs at least one timestep')
  return [first, last]
}

/** The fractional index at which an ascending table passes a value, within its ends. */
function positionOf(table: readonly number[], value: number): number {
  let [low, high] = [0, table.length - 1]
  if (!(value > numberAt(table, low))) return low
  if (value >= numberAt(table, high)) return high
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (numberAt(table, middle) <= value) low = middle
    else high = middle
  }
  const [below, above] = [numberAt(table, low), numberAt(table, high)]
  return low + (value - below) / (above - below)
}

/**
 * The timestep whose log sigma is nearest, in the single precision that networks are sampled in elsewhere: schedules
 * put sigmas exactly between two timesteps, where rounding decides. Of two that are equally near, the lower.
 */
function nearestTo(logs: readonly number[], sigma: number): number {
  const log = Math.fround(Math.log(Math.fround(sigma)))
  const above = Math.ceil(positionOf(logs, log))
  const distance = (index: number): number => Math.fround(Math.abs(Math.fround(log - (logs[index] ?? Infinity))))
  return above > 0 && distance(above - 1) <= distance(above) ? above - 1 : above
}

/** The value of a table of single-precision numbers at a fractional index, within its ends, in single precision. */
function singleValueAt(table: readonly number[], position: number): number {
  const within = Math.fround(Math.min(table.length - 1, Math.max(0, position)))
  const low = Math.floor(within)
  const share = Math.fround(within - low)
  const below = numberAt(table, low)
  const above = table[Math.min(low + 1, table.length - 1)] ?? below
  return Math.fround(Math.fround(Math.fround(1 - share) * below) + Math.fround(share * above))
}
