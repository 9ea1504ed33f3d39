import type { WeightSource } from '@patchbay/onnx'
import type { AutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import type { AutoencoderTinyConfig } from '../architectures/autoencoder-tiny/autoencoder-tiny.ts'
import type { ClipTextConfig } from '../architectures/clip-text/config.ts'
import { takesAestheticScore, type UNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import type { NoiseProcess } from '../diffusion/process/noise-process.ts'

/** Which checkpoints, LoRAs and ControlNets go together. `mini` is the bundled one and its kin: their own text encoder. */
export const modelFamilies = ['sd1', 'sd2', 'sdxl', 'sdxl-refiner', 'mini', 'unknown'] as const
export type ModelFamily = (typeof modelFamilies)[number]

/** Weights with the config of their architecture. Nothing is loaded yet. */
export interface ModelPart<Config> {
  readonly config: Config
  readonly weights: WeightSource
  /** Of an ONNX pipeline: the files that are run as they are, in place of an architecture with these weights. */
  readonly exported?: ExportedGraphs
}

/** An autoencoder, as its config says, or a tiny one that stands for it. */
export interface AutoencoderPart extends ModelPart<AutoencoderKLConfig> {
  /** Of a tiny autoencoder (TAESD): what it is built by, in place of `config`, which tells its sizes alone. */
  readonly tiny?: AutoencoderTinyConfig
}

/** Paths of ONNX graphs. A denoiser or a text encoder has one; an autoencoder has two, by what they do. */
export interface ExportedGraphs {
  readonly network?: string
  readonly encoder?: string
  readonly decoder?: string
}

export type TextEncoder = ClipTextEncoder | SentenceTextEncoder
export interface ClipTextEncoder extends ModelPart<ClipTextConfig> {
  readonly kind: 'clip'
  /** Which hidden state conditions the denoiser: counted from the last layer, 1 is the last (SD 1), 2 the one before (SD 2, SDXL). */
  readonly layerFromEnd: number
  /** Whether the final norm follows (SD 1, SD 2) or not (SDXL). */
  readonly finalNorm: boolean
  /** Whether its pooled projection is part of the conditioning (SDXL's second encoder). */
  readonly pooled: boolean
  /** What fills a text up to its 77 tokens: the end token (OpenAI's) or 0 (OpenCLIP's). */
  readonly padToken: number
}
/** The Universal Sentence Encoder Lite: per-token embeddings of 512 values. */
export interface SentenceTextEncoder {
  readonly kind: 'sentence-encoder'
  readonly weights: WeightSource
  /** Texts are cut or filled up to this many tokens. */
  readonly maxTokens: number
  /** Whether texts are put in lower case first, as the denoiser's captions were. */
  readonly lowerCase: boolean
}

/** A checkpoint as opened: what it is, and its parts where they lie in its files. */
export interface Checkpoint {
  readonly title: string
  readonly family: ModelFamily
  readonly unet: ModelPart<UNet2DConditionConfig>
  readonly autoencoder?: AutoencoderPart
  /** In the order in which their embeddings are joined. */
  readonly textEncoders: readonly TextEncoder[]
  readonly process: NoiseProcess
  /** Side of the pictures that it was trained on, in pixels, where that is known. */
  readonly nativeSize?: number
}

/** What the published checkpoints of each family were trained on; v-prediction checkpoints of SD 2 saw larger pictures. */
export function nativeSizeOf(family: ModelFamily, { predictionType }: NoiseProcess): number | undefined {
  switch (family) {
    case 'mini':
      return 64
    case 'sd1':
      return 512
    case 'sd2':
      return predictionType === 'v' ? 768 : 512
    case 'sdxl':
    case 'sdxl-refiner':
      return 1024
    case 'unknown':
      return undefined
    default:
      return family satisfies never
  }
}

/** The guidance scale at which the checkpoints of a family are at their best, where it is not the usual 5 to 8. */
export function bestGuidanceOf(family: ModelFamily): number | undefined {
  return family === 'mini' ? 4 : undefined
}

/** The family that a UNet's config tells: by the width of the text it was trained with, and what is added to it. */
export function familyOf(config: UNet2DConditionConfig, textEncoders: readonly TextEncoder[] = []): ModelFamily {
  if (textEncoders.some(({ kind }) => kind === 'sentence-encoder')) return 'mini'
  if (takesAestheticScore(config)) return 'sdxl-refiner'
  switch (config.crossAttentionDim) {
    case 512:
      return config.addition ? 'mini' : 'unknown'
    case 768:
      return 'sd1'
    case 1024:
      return 'sd2'
    case 2048:
      return 'sdxl'
    default:
      return 'unknown'
  }
}

/** A file or folder that is not what it was taken for: says what it looks like and what was expected. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError'
}
