import type { ClipTextConfig } from '../architectures/clip-text/config.ts'
import type { ClipTextEncoder } from '../architectures/text-encoder-part.ts'

/** How a family reads one of its text encoders. */
export type TextEncoderRecipe = ClipRecipe | { readonly kind: 'sentence-encoder' }

/** How a family reads one of its CLIP text encoders. */
export interface ClipRecipe {
  readonly kind: 'clip'
  /** Values of its hidden states: what tells the encoders of a family apart. */
  readonly width: number
  /** Which hidden state conditions the denoiser. */
  readonly state: 'last' | 'penultimate'
  /** Whether the final norm follows. */
  readonly finalNorm: boolean
  /** Whether its pooled projection is part of the conditioning. */
  readonly pooled: boolean
  /**
   * Layers of the whole network where published folders leave out those behind the state: the state is the last of a
   * shorter one.
   */
  readonly wholeLayers?: number
}

/**
 * Names of weights under which an encoder was found: OpenCLIP's files hold all layers, and are filled up with token
 * 0.
 */
export type ClipForm = 'clip' | 'open-clip'

/**
 * The recipe for an encoder. One that no family names is read as SDXL's where the denoiser takes pooled text, else as
 * SD 1's.
 */
export function clipRecipeFor(
  recipes: readonly TextEncoderRecipe[],
  { hiddenSize }: Pick<ClipTextConfig, 'hiddenSize'>,
  takesPooled: boolean,
): ClipRecipe {
  const clips = recipes.flatMap((recipe) => (recipe.kind === 'clip' ? [recipe] : []))
  const own = clips.find(({ width }) => width === hiddenSize)
  if (own) return own
  return takesPooled
    ? { kind: 'clip', width: hiddenSize, state: 'penultimate', finalNorm: false, pooled: true }
    : { kind: 'clip', width: hiddenSize, state: 'last', finalNorm: true, pooled: false }
}

/**
 * A CLIP text encoder as its family reads it, wherever it was found. `padToken` is what its tokenizer says, where
 * there is one.
 */
export function clipEncoder(
  { config, form, padToken }: { config: ClipTextConfig; form: ClipForm; padToken?: number | undefined },
  { state, finalNorm, pooled, wholeLayers }: ClipRecipe,
): Omit<ClipTextEncoder, 'weights'> {
  const isWhole = wholeLayers === undefined || form === 'open-clip' || config.layers >= wholeLayers
  const isOpenClip = form === 'open-clip' || config.activation === 'gelu'
  return {
    kind: 'clip',
    config,
    layerFromEnd: state === 'penultimate' && isWhole ? 2 : 1,
    finalNorm,
    pooled: pooled && config.projectionSize !== undefined,
    padToken: padToken ?? (isOpenClip ? 0 : config.endToken),
  }
}
