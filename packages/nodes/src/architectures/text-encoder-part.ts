import type { WeightSource } from '@patchbay/onnx'
import type { ClipTextConfig } from './clip-text/config.ts'
import type { DecoderLmConfig } from './decoder-lm/config.ts'
import type { ModelPart } from './kinds/model-part.ts'
import type { Precision } from './kinds/precision.ts'
import type { T5EncoderConfig } from './t5-encoder/config.ts'
import { universalSentenceEncoderSizes } from './universal-sentence-encoder/universal-sentence-encoder.ts'

export type TextEncoderPart = ClipTextEncoder | T5TextEncoder | DecoderTextEncoder | SentenceTextEncoder

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

/** The encoder of a T5: a state for each token, those that fill a text up too. */
export interface T5TextEncoder extends ModelPart<T5EncoderConfig> {
  readonly kind: 't5'
  /** Shorter texts are filled up to so many tokens; longer ones are read whole. */
  readonly tokens: number
  /** The `tokenizer.json` beside it; the vocabulary that ships where there is none. */
  readonly tokenizer?: string
}

/** A decoder-only language model, of which hidden states are taken. */
export interface DecoderTextEncoder extends ModelPart<DecoderLmConfig> {
  readonly kind: 'decoder-lm'
  /** The hidden states that are joined for each token, as transformers counts them; negative ones from the end. */
  readonly states: readonly number[]
  /** What stands before and behind the prompt. */
  readonly template: readonly [before: string, after: string]
  /** Shorter texts are filled up to so many tokens, which no word sees; none are where it is 0. */
  readonly tokens: number
  readonly tokenizer?: string
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
  switch (encoder.kind) {
    case 'clip':
      return encoder.config.hiddenSize
    case 't5':
      return encoder.config.width
    case 'decoder-lm':
      return encoder.config.width * encoder.states.length
    case 'sentence-encoder':
      return universalSentenceEncoderSizes.width
    default:
      return encoder satisfies never
  }
}
