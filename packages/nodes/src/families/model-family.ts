import { networkOf, type DenoiserPart } from '../architectures/denoiser-part.ts'
import { textWidthOf, type TextEncoderPart } from '../architectures/text-encoder-part.ts'
import type { Family, FamilyEvidence } from './family.ts'
import { families } from './table.ts'
import { textEncoderTitle, type TextEncoderRecipe } from './text-encoder-recipe.ts'

/** Which checkpoints, LoRAs and ControlNets go together. */
export type ModelFamily = keyof typeof families

/** What is known of a family. */
export const familyNamed = (name: ModelFamily): Family => families[name]

const names = Object.keys(families).filter((name): name is ModelFamily => name in families)

/** The family of a checkpoint: by its denoiser, and by the text encoders that came with it. */
export function familyOf(denoiser: DenoiserPart, textEncoders: FamilyEvidence['textEncoders'] = []): ModelFamily {
  const evidence = { architecture: denoiser.architecture, network: networkOf(denoiser), textEncoders }
  return names.find((name) => familyNamed(name).recognise(evidence)) ?? 'unknown'
}

/**
 * The family of text encoders by themselves, narrow CLIPs first: one that all its recipes are there for, or all but
 * those that it can do without. Where encoders serve several families, the last of these in the table.
 */
export function familyOfTextEncoders(encoders: readonly TextEncoderKind[]): ModelFamily {
  if (encoders.length === 0) return 'unknown'
  const text = (kinds: readonly TextEncoderKind[]): string => kinds.map(({ kind, width }) => `${kind} ${width}`).join()
  const whole = names.filter((name) => text(familyNamed(name).textEncoders.map(kindOf)) === text(encoders.map(kindOf)))
  return whole.at(-1) ?? 'unknown'
}

/** The family of this name or, where its sizes have entries of their own, the one whose text encoders are as wide. */
export function familyForWidths(name: ModelFamily, encoders: readonly TextEncoderKind[]): ModelFamily {
  const sizes = names.filter((each) => each === name || each.startsWith(`${name}-`))
  return sizes.find((each) => missingTextEncoders(familyNamed(each), encoders).length === 0) ?? name
}

/** What a family reads and is not among these encoders, in words; what it can do without does not count. */
export function missingTextEncoders(
  { textEncoders, optionalTextEncoders = [] }: Family,
  encoders: readonly TextEncoderKind[],
): readonly string[] {
  return textEncoders
    .filter((recipe) => !optionalTextEncoders.includes(recipe.kind))
    .map(kindOf)
    .filter(({ kind, width }) => !encoders.some((each) => each.kind === kind && each.width === width))
    .map(textEncoderTitle)
}

interface TextEncoderKind {
  readonly kind: string
  /** Of its hidden states; the sentence encoder has one width only. */
  readonly width?: number
}

const kindOf = (recipe: TextEncoderRecipe | TextEncoderKind): TextEncoderKind => ({
  kind: recipe.kind,
  ...(recipe.kind !== 'sentence-encoder' && 'width' in recipe && recipe.width !== undefined && { width: recipe.width }),
})

/** What people call the family whose denoisers read text of this width; undefined where none is known to. */
export function familyTitleOfTextWidth(width: number): string | undefined {
  const name = names.find((each) => widthOfText(familyNamed(each)) === width)
  return name && familyNamed(name).title
}

function widthOfText({ textEncoders, textJoin = 'side-by-side' }: Family): number {
  if (textJoin !== 'side-by-side') return textEncoders.find((encoder) => encoder.kind === 't5')?.width ?? 0
  return textEncoders.reduce((sum, encoder) => {
    if (encoder.kind === 'decoder-lm') return sum + encoder.width * encoder.states.length
    return sum + (encoder.kind === 'clip' ? encoder.width : 0)
  }, 0)
}

/** Width of T5 where a family's CLIPs are filled up to it and there is none. */
const t5Width = 4096

/** Values of each token, and of the pooled text, that text encoders give as a family joins them. */
export function textWidthsOf(
  { textJoin = 'side-by-side' }: Family,
  encoders: readonly TextEncoderPart[],
): { readonly conditioningWidth: number; readonly pooledWidth?: number } {
  const t5 = encoders.find((encoder) => encoder.kind === 't5')
  const pooled = encoders.flatMap((encoder) =>
    encoder.kind === 'clip' && encoder.pooled ? [encoder.config.projectionSize ?? encoder.config.hiddenSize] : [],
  )
  const sum = (widths: readonly number[]): number => widths.reduce((total, width) => total + width, 0)
  switch (textJoin) {
    case 'side-by-side':
      return { conditioningWidth: sum(encoders.map(textWidthOf)) }
    case 'clips-then-t5':
      return { conditioningWidth: t5?.config.width ?? t5Width, pooledWidth: sum(pooled) }
    case 't5-with-pooled-clip':
      return { conditioningWidth: t5?.config.width ?? 0, pooledWidth: sum(pooled) }
    default:
      return textJoin satisfies never
  }
}
