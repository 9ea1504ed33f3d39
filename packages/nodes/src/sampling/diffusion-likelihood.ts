import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { latentsAt } from '../diffusion/index.ts'
import type { BoundedDiffusion, BoundSettings } from '../likelihood/index.ts'
import type { Sessions } from '../networks/sessions.ts'
import { philoxNormal, philoxUniform, type Seed } from '../random/index.ts'
import type { Conditioning } from '../values/conditioning.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { Latents } from '../values/latents.ts'
import { guidedDenoiser } from './guided-denoiser.ts'

export interface BoundRun {
  readonly model: DiffusionModel
  readonly positive: Conditioning
  /** [1, channels, height, width] */
  readonly shape: readonly number[]
  readonly seed: Seed
  readonly signal: AbortSignal
  readonly onEvaluation?: () => void
}

/** What the bound of a diffusion asks of a model under its conditioning, unguided, for latents of one picture. */
export function boundedDiffusion(sessions: Sessions, run: BoundRun): BoundedDiffusion {
  const { positive, shape, seed, signal, onEvaluation } = run
  // Guidance, and what tames it, make samples more likely than the model believes they are.
  const { guidance: _, ...model } = run.model
  const { process } = model
  const latents: Latents = { tensor: float32(shape, new Float32Array(lengthOf(shape))), scale: model.latentScale }
  const { denoise } = guidedDenoiser(sessions, model, latents, {
    positive,
    guidanceScale: 1,
    sigmas: process.sigmas.toReversed(),
    signal,
  })
  const tensorOf = (values: ArrayLike<number>): Tensor => float32(shape, Float32Array.from(values))
  return {
    ratios: process.sigmas.map((sigma) => sigma / process.alphaOf(sigma)),
    noise: (step, draw) => philoxNormal(seed, shape, [step, 1 + draw]).data,
    async denoise(sample, noise, step) {
      const sigma = process.sigmas[step] ?? process.sigmaMax
      const estimate = await denoise(latentsAt(process, tensorOf(sample), tensorOf(noise), sigma), sigma)
      onEvaluation?.()
      return estimate.data
    },
    last: 'density',
  }
}

/** Timesteps by lot, the same for every picture of one seed. */
export function boundSettings(evaluations: number, seed: Seed): BoundSettings {
  const { data } = philoxUniform(seed, [evaluations], [0, 2 ** 31])
  return { evaluations, uniform: (stratum) => data[stratum] ?? 0.5 }
}

const lengthOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
