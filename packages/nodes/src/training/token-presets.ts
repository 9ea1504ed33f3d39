import type { VqModelConfig } from '../architectures/vq-model/config.ts'
import type { LlamaGenConfig } from '../architectures/llamagen/config.ts'
import type { Uvit2dConfig } from '../architectures/uvit-2d/config.ts'
import { trainedText } from './batches/token-batches.ts'
import { autoencoderConfigOf, type NetworkSize } from './network-presets.ts'

/**
 * An image tokenizer that stands `2^halvings` pixels a side for a code, with these levels for each value of an
 * entry.
 */
export function imageTokenizerConfigOf(
  size: NetworkSize,
  { levels, halvings }: { readonly levels: readonly number[]; readonly halvings: number },
): VqModelConfig {
  const codes = levels.reduce((product, count) => product * count, 1)
  return {
    autoencoder: autoencoderConfigOf(size, { latentChannels: levels.length, halvings }),
    codes,
    codeWidth: levels.length,
  }
}

/**
 * Levels as written, such as `8,8,8,8`.
 * @throws RangeError where they are none, or make more than 65,536 codes
 */
export function parseLevels(text: string): readonly number[] {
  const levels = text.split(',').map((part) => Number(part.trim()))
  const codes = levels.reduce((product, count) => product * count, 1)
  if (levels.every((count) => Number.isInteger(count) && count >= 2) && codes <= 65_536) return levels
  throw new RangeError(
    `The levels are whole numbers of at least 2 with commas between them, 65536 codes together at most, such as 8,8,8,8; got "${text}".`,
  )
}

const oneByOneSizes = {
  tiny: { width: 48, layers: 2, heads: 3, innerWidth: 96 },
  small: { width: 96, layers: 4, heads: 3, innerWidth: 256 },
  bundled: { width: 192, layers: 6, heads: 3, innerWidth: 512 },
} as const

const maskedSizes = {
  tiny: { width: 32, layers: 1, heads: 2, innerWidth: 64, blockLayers: 1 },
  small: { width: 96, layers: 3, heads: 3, innerWidth: 256, blockLayers: 1 },
  bundled: { width: 192, layers: 5, heads: 3, innerWidth: 512, blockLayers: 2 },
} as const

/** A model that gives one code after another, on the bundled sentence encoder. */
export const oneByOneConfigOf = (size: NetworkSize, { codes, side }: CodeGrid): LlamaGenConfig => ({
  ...oneByOneSizes[size],
  keyHeads: oneByOneSizes[size].heads,
  codes,
  textPlaces: trainedText.places,
  textWidth: trainedText.width,
  side,
  theta: 10_000,
  epsilon: 1e-5,
})

/** A model that gives all masked codes at once, on the bundled sentence encoder. The mask is its last code. */
export const maskedConfigOf = (size: NetworkSize, { codes, side }: CodeGrid): Uvit2dConfig => ({
  ...maskedSizes[size],
  bias: false,
  pooledWidth: trainedText.width,
  conditionWidth: 32,
  conditions: 5,
  textWidth: trainedText.width,
  vocabulary: codes + 64,
  codes,
  embeddingWidth: maskedSizes[size].width,
  blockChannels: maskedSizes[size].width,
  blockHeads: maskedSizes[size].heads,
  halved: false,
  epsilon: 1e-6,
  side,
})

interface CodeGrid {
  readonly codes: number
  /** Places along each side. */
  readonly side: number
}
