import { decodeTokens } from '../decoding/decode-tokens.ts'
import { guidedLogits } from '../decoding/guided-logits.ts'
import { pictureTokens, type PictureTokens } from '../decoding/picture-tokens.ts'
import { sampleTokens, type TokenChoice } from '../decoding/sample-token.ts'
import { oneByOneDecoder } from '../networks/tokens/one-by-one.ts'
import type { Sessions } from '../networks/sessions.ts'
import type { OneByOneModel, TokenText } from '../networks/tokens/token-model.ts'
import type { Seed } from '../random/index.ts'

export interface TokenSampling extends TokenChoice {
  readonly positive: TokenText
  readonly negative?: TokenText
  /** 1 is without guidance. */
  readonly guidanceScale: number
  readonly seed: Seed
  readonly pictures: number
  readonly signal?: AbortSignal
  /** After each row of places, with the rows so far. */
  onRow?(tokens: PictureTokens): void | Promise<void>
}

/** Pictures as codes, one code after another, row by row (Sun et al. 2024). Picture k is that of seed + k alone. */
export async function samplePictureTokens(
  sessions: Sessions,
  model: OneByOneModel,
  { positive, negative, guidanceScale, seed, pictures, signal, onRow, ...choice }: TokenSampling,
): Promise<PictureTokens> {
  const { side, codes } = model.config
  const isGuided = guidanceScale !== 1
  const decoder = oneByOneDecoder(sessions, model, {
    items: pictures,
    positive,
    isGuided,
    ...(negative && { negative }),
  })
  const rowsOf = (tokens: readonly (readonly number[])[]): PictureTokens =>
    pictureTokens(Int32Array.from(tokens.flat()), [pictures, Math.ceil((tokens[0]?.length ?? 0) / side), side], codes)
  const tokens = await decodeTokens(decoder, {
    items: pictures,
    stop: { maxTokens: side * side },
    choose: (logits, place, earlier) =>
      sampleTokens(isGuided ? guidedLogits(logits, guidanceScale) : logits, choice, { seed, place }, earlier),
    onToken: async (so) => {
      if ((so[0]?.length ?? 0) % side === 0) await onRow?.(rowsOf(so))
    },
    ...(signal && { signal }),
  })
  return rowsOf(tokens)
}
