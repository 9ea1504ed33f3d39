import type { Guidance as GuidanceSettings, NoiseProcess } from '../diffusion/index.ts'
import type { AutoencoderModel } from '../networks/image-autoencoder.ts'
import type { DenoisingModel } from '../networks/denoising-network.ts'
import type { ModelFamily } from '../families/model-family.ts'
import type { ModelChange } from './model-change.ts'

/** A denoising network with all that sampling has to know about it. Nothing is loaded until it is run. */
export interface DiffusionModel {
  readonly family: ModelFamily
  readonly denoising: DenoisingModel
  /** How noise was added in training, and so what a sigma means. */
  readonly process: NoiseProcess
  /** Of the latents that it denoises. */
  readonly latentChannels: number
  /** Pixels for each latent, on one side. */
  readonly latentScale: number
  /** Side of the pictures that it was trained on, in pixels, where that is known. */
  readonly nativeSize?: number
  /** The autoencoder that came with it, for previews. */
  readonly previewAutoencoder?: AutoencoderModel
  /** How the guided estimate is tamed; nothing is when it is missing. */
  readonly guidance?: Pick<GuidanceSettings<never>, 'rescale' | 'dynamicThreshold' | 'range'> & {
    /** How far to go from the estimate with perturbed self-attention; none is made where it is missing or 0. */
    readonly perturbedAttention?: number
  }
  /** How firmly the grey of a mask is taken as the time from which a place changes: see `gradual` of `Inpainting`. */
  readonly gradualMask?: number
  /** What is changed inside its network while it samples, in this order. */
  readonly changes?: readonly ModelChange[]
}

/** The same model with one more change. */
export function withChange(model: DiffusionModel, change: ModelChange): DiffusionModel {
  return { ...model, changes: [...(model.changes ?? []), change] }
}
