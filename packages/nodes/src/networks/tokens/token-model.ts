import type { WeightSource } from '@patchbay/onnx'
import type { LlamaGenConfig } from '../../architectures/llamagen/config.ts'
import type { Uvit2dConfig } from '../../architectures/uvit-2d/config.ts'
import type { UnmaskSchedule } from '../../decoding/unmask.ts'

/** A network that gives codes of pictures, as chosen in a graph: nothing is loaded until it is run. */
export type TokenModel = OneByOneModel | MaskedModel

interface AnyTokenModel {
  readonly key: string
  readonly title: string
  readonly weights: WeightSource
}

/** Each code given the text and the codes before it. */
export interface OneByOneModel extends AnyTokenModel {
  readonly kind: 'one-by-one'
  readonly config: LlamaGenConfig
}

/** All masked codes at once, given those that are not masked. */
export interface MaskedModel extends AnyTokenModel {
  readonly kind: 'masked'
  readonly config: Uvit2dConfig
  readonly maskToken: number
  readonly schedule: UnmaskSchedule
  /** Places of the text; longer ones are cut. */
  readonly textPlaces: number
  /** What the model saw where a caption was dropped: zeros, or an encoded text without words. */
  readonly saysNothing: 'zeros' | 'empty-text'
}

/** A text as token models read it. */
export interface TokenText {
  /** A vector a token, without padding: [tokens, width]. */
  readonly tokens: Float32Array
  /** [pooled width]; none of an encoder that does not give one. */
  readonly pooled?: Float32Array
}

/** The codebook that a model was trained on. */
export const codesOf = ({ config }: TokenModel): number => config.codes
/** Places along each side of the pictures that a model was trained on. */
export const sideOf = ({ config }: TokenModel): number => config.side
/** Values of each token of the text. */
export const textWidthOfTokens = ({ config }: TokenModel): number => config.textWidth
/** Places of the text. */
export const textPlacesOf = (model: TokenModel): number =>
  model.kind === 'masked' ? model.textPlaces : model.config.textPlaces
