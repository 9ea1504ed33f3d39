import type { DiscriminatorConfig } from '../architectures/scorers/discriminator.ts'
import { trunkScaleOf, type ImageTrunkConfig } from '../architectures/scorers/image-trunk.ts'
import type { BlipTextConfig } from '../architectures/blip/config.ts'
import type { ScoreTowerConfig } from '../architectures/scorers/score-tower.ts'
import type { NetworkSize } from './network-presets.ts'

/** Of the sentence encoder that ships. */
const textSize = 512

const stems = { tiny: 8, small: 32, bundled: 48 } as const
const widths = { tiny: [16, 32], small: [64, 128, 128], bundled: [96, 192, 256] } as const

/**
 * Plain convolutions, each group at half the side of the one before.
 * @throws RangeError where the side of the pictures cannot be halved so often
 */
function trunkOf(size: NetworkSize, imageSize: number): ImageTrunkConfig {
  const groups = widths[size].map((channels) => ({ expansion: 1, channels, repeats: 2, stride: 2 }))
  const trunk = { block: 'plain', stemChannels: stems[size], groups } as const
  const scale = trunkScaleOf(trunk)
  if (imageSize % scale === 0) return trunk
  throw new RangeError(
    `The pictures are ${imageSize} pixels wide, but this network needs a multiple of ${scale}: load them at ${Math.ceil(imageSize / scale) * scale}.`,
  )
}

export const towerConfigOf = (size: NetworkSize, imageSize: number): ScoreTowerConfig => ({
  imageSize,
  trunk: trunkOf(size, imageSize),
  featureSize: 4 * (widths[size].at(-1) ?? 0),
  projectionSize: textSize,
})

export const discriminatorConfigOf = (size: NetworkSize, imageSize: number): DiscriminatorConfig => ({
  imageSize,
  trunk: trunkOf(size, imageSize),
  realismGroup: 1,
  textSize,
  width: widths[size].at(-1) ?? 0,
})

const captionWidths = { tiny: 32, small: 128, bundled: 192 } as const
const captionLayers = { tiny: 1, small: 2, bundled: 3 } as const

/** The text decoder of a captioner over a vocabulary whose first symbols fill, begin and end a text. */
export const captionDecoderOf = (size: NetworkSize, vocabularySize: number): BlipTextConfig => ({
  vocabularySize,
  width: captionWidths[size],
  memoryWidth: captionWidths[size],
  innerWidth: 4 * captionWidths[size],
  layers: captionLayers[size],
  heads: 4,
  maxTokens: 48,
  activation: 'gelu',
  normEps: 1e-12,
  padToken: 0,
  beginToken: 1,
  endToken: 2,
})
