/**
 * A change to the graph of a denoising network: plain values that name it completely. What varies from call to call
 * (strengths, tokens of a picture) are inputs that it adds, named after it.
 */
export type NetworkChange = ImagePromptChange | SharedAttentionChange | ReweightedSkipsChange

/**
 * Each cross-attention named here also reads a picture's tokens, through keys and values of its own (Ye et al. 2023,
 * IP-Adapter, eq. 5). Adds the inputs `NAME.tokens` [batch, tokens, width] and `NAME.strength` [], and `NAME.mask`
 * [batch, 1, height, width] where it has one.
 */
export interface ImagePromptChange {
  readonly type: 'image-prompt'
  readonly name: string
  readonly width: number
  /** The layers, such as `down_blocks.0.attentions.0.transformer_blocks.0.attn2`. */
  readonly places: readonly string[]
  readonly isMasked: boolean
}

/**
 * Every picture of a batch attends to the first one too, and takes on the statistics of its queries, keys and
 * activations (Hertz et al. 2023, StyleAligned). Adds the inputs `NAME.first` [batch], 1 where an item is one that
 * those after it follow and else 0, and, where it is blended, `NAME.strength` [].
 */
export interface SharedAttentionChange {
  readonly type: 'shared-attention'
  readonly name: string
  /** Whether the input says how much of it counts; without, all of it does. */
  readonly isBlended: boolean
}

/**
 * The decoder's own features count more, and the coarsest waves of the skip connections less (Si et al. 2023, FreeU).
 * Adds the inputs `NAME.backbone1`, `NAME.skip1` [] for maps of four times the first channels, and `NAME.backbone2`,
 * `NAME.skip2` [] for those of twice.
 */
export interface ReweightedSkipsChange {
  readonly type: 'reweighted-skips'
  readonly name: string
  /** Whether features count by how strong they are at a place (the second edition). */
  readonly isAdaptive: boolean
}
