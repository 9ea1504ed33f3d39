import type { DenoiserCost } from './cost.ts'

export interface TransformerSize {
  /** Latents that make one token. */
  readonly cellsPerToken: number
  /** Tokens of a prompt. */
  readonly textTokens: number
  readonly width: number
  /** Parameters of linear layers that each token of the picture passes, and each of the text. */
  readonly imageParameters: number
  readonly textParameters: number
  /** Parameters of layers that the condition passes, once a run. */
  readonly conditionParameters?: number
  /** Attentions over text and picture together. */
  readonly attentions: number
  /** Attentions over the picture alone. */
  readonly imageAttentions?: number
  /** Values that a token holds at the worst moment, as a multiple of `width`. */
  readonly alive: number
}

/** The cost of a transformer over patches, from the parameters that each token passes and its attentions. */
export function transformerCost(size: TransformerSize): DenoiserCost {
  const { cellsPerToken, textTokens, width, attentions, imageAttentions = 0 } = size
  // Scores and their products with values: 4·w for each pair of tokens.
  const pair = 4 * width
  return {
    flopsOnce:
      2 * (size.conditionParameters ?? 0) + 2 * size.textParameters * textTokens + attentions * pair * textTokens ** 2,
    flopsPerCell: (2 * size.imageParameters + 2 * attentions * pair * textTokens) / cellsPerToken,
    flopsPerPair: ((attentions + imageAttentions) * pair) / cellsPerToken ** 2,
    bytesPerCell: (4 * size.alive * width) / cellsPerToken,
  }
}
