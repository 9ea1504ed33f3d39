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
  /** Kinds of them that it can do without. */
  readonly optionalTextEncoders?: readonly TextEncoderRecipe['kind'][]
  /** How what they give is joined. Default `side-by-side`. */
  readonly textJoin?: TextJoin
  /** The files that people have its text encoders in, for messages: "clip_l.safetensors and …". */
  readonly files?: string
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

/**
 * How the outputs of several text encoders are joined. `side-by-side`: the values of each token; `clips-then-t5`: the
 * CLIPs side by side, filled up to T5's width, and T5's tokens behind them, pooled texts one after another;
 * `t5-with-pooled-clip`: T5's tokens alone, and the pooled text of the CLIP.
 */
export type TextJoin = 'side-by-side' | 'clips-then-t5' | 't5-with-pooled-clip'

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
