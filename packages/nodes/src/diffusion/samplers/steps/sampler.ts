import type { Tensor } from '@patchbay/onnx/tensor'
import type { StepNoise } from '../../../random/index.ts'
import { sum } from '../../../tensor/index.ts'
import type { Formulas } from '../../formulas.ts'
import type { SigmaScale } from '../../process/noise-process.ts'

/** The estimate of the clean latents from `x` at noise level `sigma`, guidance and conditioning included. */
export type Denoise = (x: Tensor, sigma: number) => Promise<Tensor>

/** The guided estimate together with the one under the negative conditioning alone, which CFG++ samplers need. */
export interface GuidedEstimate {
  readonly denoised: Tensor
  readonly negative: Tensor
}

/** Step counts from 1; `sigma` is where the step began, `denoised` the first estimate there (for previews). */
export interface StepProgress {
  readonly step: number
  readonly sigma: number
  readonly denoised: Tensor
}

/** The steps to take, from `first` up to but without `end`, out of those that the sigmas describe. */
export interface StepRange {
  readonly first: number
  readonly end: number
}

/** All that a sampler is given. Its result is a function of these alone. */
export interface SamplerRun {
  readonly denoise: Denoise
  readonly denoiseGuided: (x: Tensor, sigma: number) => Promise<GuidedEstimate>
  /** [batch, channels, height, width] at noise level sigmas[range.first] */
  readonly x: Tensor
  /** The whole schedule, falling, also when only a part of it runs. */
  readonly sigmas: readonly number[]
  readonly range: StepRange
  readonly noise: StepNoise
  /** What the sigmas mean: diffusion or rectified flow. */
  readonly scale: SigmaScale
  /** How stochastic a stochastic sampler is: 1 as published, 0 deterministic. */
  readonly eta: number
  /** A factor on all noise that is added. */
  readonly noiseScale: number
  /** Whose formula to take where ComfyUI's differs from the paper's. */
  readonly formulas: Formulas
  /**
   * What a multi-step sampler remembers between steps, newest first; empty at the start. It belongs to the run, is
   * changed in place, and travels with the latents when a run is continued. Everything else follows from the sigmas.
   */
  readonly history: Tensor[]
  /** Told after each step's first estimate; it stops the run by throwing. */
  readonly onStep: (progress: StepProgress) => void
}

/** Walks the latents down the sigmas and returns those at sigmas[range.end]. */
export type Sampler = (run: SamplerRun) => Promise<Tensor>

/** Pairs each sigma of the range with the next one. */
export function steps(
  sigmas: readonly number[],
  { first, end }: StepRange,
): { readonly i: number; readonly sigma: number; readonly sigmaNext: number }[] {
  return Array.from({ length: end - first }, (_, k) => ({
    i: first + k,
    sigma: sigmaAt(sigmas, first + k),
    sigmaNext: sigmaAt(sigmas, first + k + 1),
  }))
}

/** sigmas[i]; throws a RangeError past the ends. */
export function sigmaAt(sigmas: readonly number[], i: number): number {
  const sigma = sigmas[i]
  if (sigma === undefined) throw new RangeError(`There is no sigma ${i} in a schedule of ${sigmas.length}`)
  return sigma
}

/** d = (x − denoised) / sigma, the slope of x over sigma (Karras et al. 2022, eq. 4). */
export function derivative(x: Tensor, sigma: number, denoised: Tensor): Tensor {
  return sum([
    [1 / sigma, x],
    [-1 / sigma, denoised],
  ])
}

/** Puts the newest tensor first and forgets all but `depth` of them. */
export function remember(history: Tensor[], newest: Tensor, depth: number): void {
  history.unshift(newest)
  history.length = Math.min(history.length, depth)
}
