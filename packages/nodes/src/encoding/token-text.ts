import { textPlacesOf, textWidthOfTokens, type TokenModel, type TokenText } from '../networks/tokens/token-model.ts'
import type { Conditioning } from '../values/conditioning.ts'

/**
 * A conditioning as a token model reads it: the vectors of its tokens without padding, which is all zeros. What the
 * model has no use for is told.
 * @throws RangeError where the vectors are of another width
 */
export function tokenTextOf(model: TokenModel, conditioning: Conditioning, warn: (message: string) => void): TokenText {
  const [part, ...others] = conditioning
  if (!part) throw new RangeError('The conditioning is empty: connect a TextEncode')
  const { embeddings, pooled, ...rest } = part
  if (others.length > 0 || Object.keys(rest).length > 0) {
    warn(
      `${model.title} reads a plain text: areas, masks, strengths, ControlNets and further parts of the conditioning are left out.`,
    )
  }
  const [, count = 0, width = 0] = embeddings.shape
  if (width !== textWidthOfTokens(model)) {
    throw new RangeError(
      `The prompt has ${width} values a token, but ${model.title} reads ${textWidthOfTokens(model)}: encode it with the text encoder that LoadTokenModel gives`,
    )
  }
  const rows = Array.from({ length: count }, (_, token) => embeddings.data.subarray(token * width, (token + 1) * width))
  const present = rows.filter((row) => row.some((value) => value !== 0))
  const places = textPlacesOf(model)
  if (present.length > places) {
    warn(
      `The prompt has ${present.length} tokens, but ${model.title} reads ${places}: those behind are left out. Make it shorter.`,
    )
  }
  const kept = present.slice(0, places)
  const tokens = new Float32Array(kept.length * width)
  for (const [token, row] of kept.entries()) tokens.set(row, token * width)
  return { tokens, ...(pooled && { pooled: pooled.data }) }
}
