import type { WeightSource } from '@patchbay/onnx'
import type { ClipTextConfig } from './clip-text/config.ts'
import type { ModelPart } from './kinds/model-part.ts'
import type { Precision } from './kinds/precision.ts'
import { universalSentenceEncoderSizes } from './universal-sentence-encoder/universal-sentence-encoder.ts'

export type TextEncoderPart = ClipTextEncoder | SentenceTextEncoder

export interface ClipTextEncoder extends ModelPart<ClipTextConfig> {
  readonly kind: 'clip'
  /**
   * Which hidden state conditions the denoiser: counted from the last layer, 1 is the last (SD 1), 2 the one before
   * (SD 2, SDXL).
   */
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
  /** Default `exact`. */
  readonly precision?: Precision
}

/** Values of each token that a text encoder gives. */
export function textWidthOf(encoder: TextEncoderPart): number {
  return encoder.kind === 'clip' ? encoder.config.hiddenSize : universalSentenceEncoderSizes.width
}
