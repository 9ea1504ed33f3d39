import type { WeightSource } from '@patchbay/onnx'
import type { DenoiserName } from '../architectures/denoiser-part.ts'
import type { DenoiserNetwork } from '../architectures/kinds/denoiser.ts'
import type { TextEncoderPart } from '../architectures/text-encoder-part.ts'
import type { NoiseProcess } from '../diffusion/process/noise-process.ts'
import type { TextEncoderRecipe } from './text-encoder-recipe.ts'

/**
 * What checkpoints that go together have in common: their LoRAs, ControlNets, VAEs and text encoders fit one another.
 */
export interface Family {
  /** What people call it. */
  readonly title: string
  /** Whether a checkpoint is one of it. Families are asked in the order of their table. */
  recognise(evidence: FamilyEvidence): boolean
  /**
   * Its text encoders, in the order in which their embeddings are joined; none where it is read by what the files
   * say.
   */
  readonly textEncoders: readonly TextEncoderRecipe[]
  readonly latents: LatentSpace
  /** Side of the pictures that its published checkpoints were trained on, in pixels, where that is known. */
  nativeSize?(process: NoiseProcess): number
  /** The guidance scale at which its checkpoints are at their best, where it is not the usual 5 to 8. */
  readonly guidance?: number
  /**
   * How people call the files of its tiny autoencoder, which makes previews: `taesd` for `taesd_decoder.safetensors`.
   */
  readonly preview?: string
  /** The side in pixels that its networks are told of every picture; that of the picture itself where there is none. */
  readonly conditionedSide?: number
  /** How noise was added in training, by a checkpoint without a scheduler's config and the weights of its denoiser. */
  process(checkpoint: WeightSource, denoiser: WeightSource): NoiseProcess
}

/** What a checkpoint is recognised by. */
export interface FamilyEvidence {
  readonly architecture: DenoiserName
  readonly network: Pick<DenoiserNetwork, 'textWidth' | 'pooledWidth' | 'takesAestheticScore'>
  readonly textEncoders: readonly Pick<TextEncoderPart, 'kind'>[]
}

/** The latents that a family's denoisers work on: `(z − shift) · factor` of what its autoencoder gives. */
export interface LatentSpace {
  readonly channels: number
  /** Pixels for each latent, on one side. */
  readonly scale: number
  readonly shift: number
  readonly factor: number
}
