import type { ClipTextConfig } from '../architectures/clip-text/config.ts'
import type { ClipTextEncoder } from '../architectures/text-encoder-part.ts'

/** How a family reads one of its text encoders. */
export type TextEncoderRecipe = ClipRecipe | T5Recipe | DecoderRecipe | { readonly kind: 'sentence-encoder' }

/** How a family reads one of its CLIP text encoders. */
export interface ClipRecipe {
  readonly kind: 'clip'
  /** Values of its hidden states: what tells the encoders of a family apart. */
  readonly width: number
  /** Which hidden state conditions the denoiser. */
  readonly state: 'last' | 'penultimate'
  /** Whether the final norm follows. */
  readonly finalNorm: boolean
  /** Whether its pooled text is part of the conditioning. */
  readonly pooled: boolean
  /**
   * Whether the pooled text is projected, in files that hold a projection and no config. Default true; makers of SD 3
   * and Flux leave it out.
   */
  readonly projected?: false
  /**
   * Layers of the whole network where published folders leave out those behind the state: the state is the last of a
   * shorter one.
   */
  readonly wholeLayers?: number
}

/** How a family reads its T5. */
export interface T5Recipe {
  readonly kind: 't5'
  readonly width: number
  /** Shorter texts are filled up to so many tokens. */
  readonly tokens: number
}

/** How a family reads a decoder-only language model. */
export interface DecoderRecipe {
  readonly kind: 'decoder-lm'
  readonly width: number
  /** Hidden states that are joined, as transformers counts them; negative ones from the end. */
  readonly states: readonly number[]
  readonly template: readonly [before: string, after: string]
  /** Shorter texts are filled up to so many tokens; none are where it is 0. */
  readonly tokens: number
}

/** What a text encoder is called in messages. */
export function textEncoderTitle(encoder: { readonly kind: string; readonly width?: number }): string {
  switch (encoder.kind) {
    case 'clip':
      return encoder.width === 1280 ? 'CLIP bigG' : encoder.width === 1024 ? 'CLIP H' : 'CLIP L'
    case 't5':
      return 'T5'
    case 'decoder-lm':
      return `a language model of ${encoder.width ?? 'unknown'} values`
    default:
      return 'the sentence encoder'
  }
}

/**
 * Names of weights under which an encoder was found: OpenCLIP's files hold all layers, and are filled up with token
 * 0.
 */
export type ClipForm = 'clip' | 'open-clip'

/**
 * The recipe for an encoder: by its width, or the one that stands at its place. One that no family names is read as
 * SDXL's where the denoiser takes pooled text, else as SD 1's.
 */
export function clipRecipeFor(
  recipes: readonly TextEncoderRecipe[],
  { hiddenSize }: Pick<ClipTextConfig, 'hiddenSize'>,
  takesPooled: boolean,
  inOrder?: TextEncoderRecipe,
): ClipRecipe {
  const clips = recipes.flatMap((recipe) => (recipe.kind === 'clip' ? [recipe] : []))
  const own = clips.find(({ width }) => width === hiddenSize)
  if (own) return own
  if (inOrder?.kind === 'clip') return inOrder
  return takesPooled
    ? { kind: 'clip', width: hiddenSize, state: 'penultimate', finalNorm: false, pooled: true }
    : { kind: 'clip', width: hiddenSize, state: 'last', finalNorm: true, pooled: false }
}

/** A CLIP as found, with what its folder says of it. */
export interface FoundClip {
  readonly config: ClipTextConfig
  readonly form: ClipForm
  /** What its tokenizer says, where there is one. */
  readonly padToken?: number | undefined
  /** Whether a config says what it is, its projection too. */
  readonly isDescribed?: boolean
}

/** A CLIP text encoder as its family reads it, wherever it was found. */
export function clipEncoder(
  { config: found, form, padToken, isDescribed = false }: FoundClip,
  { state, finalNorm, pooled, projected, wholeLayers }: ClipRecipe,
): Omit<ClipTextEncoder, 'weights'> {
  const isWhole = wholeLayers === undefined || form === 'open-clip' || found.layers >= wholeLayers
  const isOpenClip = form === 'open-clip' || found.activation === 'gelu'
  const { projectionSize, ...plain } = found
  const config = projected === false && !isDescribed ? plain : found
  return {
    kind: 'clip',
    config,
    layerFromEnd: state === 'penultimate' && isWhole ? 2 : 1,
    finalNorm,
    pooled: pooled && (projectionSize !== undefined || projected === false),
    padToken: padToken ?? (isOpenClip ? 0 : config.endToken),
  }
}
