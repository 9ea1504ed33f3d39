import type { Tensor } from '@patchbay/onnx/tensor'
import type { StepNoise } from '../random/index.ts'
import type { Formulas } from './formulas.ts'
import { diffusionProcess, type SigmaScale } from './process/noise-process.ts'
import {
  samplers,
  type Denoise,
  type GuidedEstimate,
  type Sampler,
  type SamplerName,
  type StepProgress,
  type StepRange,
} from './samplers/index.ts'

export interface SampleSettings {
  readonly sampler: SamplerName | Sampler
  readonly denoise: Denoise
  /** What CFG++ samplers call; without it, the negative estimate is taken to be the guided one. */
  readonly denoiseGuided?: (x: Tensor, sigma: number) => Promise<GuidedEstimate>
  /** [batch, channels, height, width] at noise level sigmas[range.first] */
  readonly x: Tensor
  /** Falling, or rising to add noise; a run of n steps has n + 1. */
  readonly sigmas: readonly number[]
  readonly noise: StepNoise
  /** The model's noise process; Stable Diffusion's by default. */
  readonly process?: SigmaScale
  readonly eta?: number
  readonly noiseScale?: number
  /** Default `published`. */
  readonly formulas?: Formulas
  /** The part of the schedule to run; all of it by default. */
  readonly range?: StepRange
  /** `history` of the result that is continued. */
  readonly history?: readonly Tensor[]
  readonly onStep?: (progress: StepProgress) => void
}

/** Where a run has come to. With `history`, a later run goes on from `x` as if there had been no stop, bit for bit. */
export interface SampleResult {
  readonly x: Tensor
  /** The estimate of the clean latents at the last step taken; undefined when no step ran. */
  readonly denoised: Tensor | undefined
  readonly history: readonly Tensor[]
}

/**
 * Runs a sampler over a schedule, or over a part of it. Running steps 0…n at once, or one after another with each
 * result's `x` and
 * `history` handed on, gives identical latents. Throws a RangeError for sigmas that do not fall, or a range outside
 * them.
 */
export async function sample(settings: SampleSettings): Promise<SampleResult> {
  const { denoise, x, sigmas, noise, process = diffusionProcess(), eta = 1, noiseScale = 1 } = settings
  const stepCount = Math.max(0, sigmas.length - 1)
  const range = settings.range ?? { first: 0, end: stepCount }
  expectFalling(sigmas)
  expectWithin(range, stepCount)
  const sampler = typeof settings.sampler === 'string' ? samplers[settings.sampler] : settings.sampler
  const history = [...(settings.history ?? [])]
  let denoised: Tensor | undefined
  const reached = await sampler({
    denoise,
    denoiseGuided: settings.denoiseGuided ?? (async (x, sigma) => negativeAsGuided(await denoise(x, sigma))),
    x,
    sigmas,
    range,
    noise: overSpan(noise, sigmas),
    scale: process,
    eta,
    noiseScale,
    formulas: settings.formulas ?? 'published',
    history,
    onStep: (progress) => {
      denoised = progress.denoised
      settings.onStep?.(progress)
    },
  })
  return { x: reached, denoised, history }
}

/** Noise whose Brownian path spans the schedule, also when only a part of it runs. */
function overSpan(noise: StepNoise, sigmas: readonly number[]): StepNoise {
  const span = { lowest: sigmas.findLast((sigma) => sigma > 0) ?? 0, highest: sigmas.at(0) ?? 0 }
  return { ...noise, brownian: (sigma, sigmaNext) => noise.brownian(sigma, sigmaNext, span) }
}

function negativeAsGuided(denoised: Tensor): GuidedEstimate {
  return { denoised, negative: denoised }
}

function expectFalling(sigmas: readonly number[]): void {
  const [first = 0, second = 0] = sigmas
  const isRising = second > first
  for (const [i, sigma] of sigmas.entries()) {
    const previous = sigmas[i - 1]
    const follows = previous === undefined || (isRising ? sigma > previous : sigma < previous)
    if (!(sigma >= 0 && follows)) {
      throw new RangeError(
        `Sigmas ${isRising ? 'rise' : 'fall'} from step to step and end at 0 or above, but sigma ${i} is ${sigma}${previous === undefined ? '' : ` after ${previous}`}`,
      )
    }
  }
}

function expectWithin({ first, end }: StepRange, stepCount: number): void {
  if (!(Number.isInteger(first) && Number.isInteger(end) && 0 <= first && first <= end && end <= stepCount)) {
    throw new RangeError(`Steps ${first} to ${end} are not all in a schedule of ${stepCount} steps`)
  }
}
