/** How many pairs of a query and a key attention over a video makes, in each of three ways. */
export interface VideoAttention {
  /** Every patch of every frame with every other. */
  readonly full: bigint
  /** The patches of each frame with those of that frame. */
  readonly spatial: bigint
  /** Each place with itself in all frames. */
  readonly temporal: bigint
}

/**
 * Pairs in one layer of attention, exactly: `(f·p)²` for all with all, `f·p²` within frames, `p·f²` along time, for f
 * frames of p patches (Bertasius et al. 2021, "divided space-time attention"). Sizes are whole numbers from 1 up.
 */
export function videoAttention(size: {
  readonly frames: number
  readonly across: number
  readonly down: number
}): VideoAttention {
  const frames = BigInt(size.frames)
  const patches = BigInt(size.across) * BigInt(size.down)
  return { full: (frames * patches) ** 2n, spatial: frames * patches ** 2n, temporal: patches * frames ** 2n }
}

/**
 * Pairs of attention within one picture of `height` × `width` cells, exactly: at each level so many layers, with sides
 * that are halved from level to level, rounded up.
 */
export function spatialPairs(
  layers: readonly number[],
  size: { readonly height: number; readonly width: number },
): bigint {
  let [height, width, pairs] = [size.height, size.width, 0n]
  for (const count of layers) {
    pairs += BigInt(count) * (BigInt(height) * BigInt(width)) ** 2n
    height = Math.ceil(height / 2)
    width = Math.ceil(width / 2)
  }
  return pairs
}

/**
 * Floating-point operations of so many pairs: scores and the mixing of values take a product and a sum each for every
 * channel, so 4 · width a pair in each layer.
 */
export function attentionFlops(pairs: bigint, width: number, layers: number): bigint {
  return 4n * BigInt(width) * BigInt(layers) * pairs
}
