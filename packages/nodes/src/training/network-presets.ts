import type { AutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import type { CodedStyleConfig } from '../architectures/style-networks/coded-style.ts'
import type { GlowConfig } from '../architectures/glow/config.ts'
import { createWeightSource } from '@patchbay/onnx'
import type { DenoiserPart } from '../architectures/denoiser-part.ts'

/**
 * How large a network is: `tiny` is for trying a workflow, `small` for an hour on a few cores, `bundled` is what
 * ships.
 */
export const networkSizes = ['tiny', 'small', 'bundled'] as const
export type NetworkSize = (typeof networkSizes)[number]

/** `vector` has few latents that stand for the whole picture: narrow where pictures are large, deep at the end. */
export const autoencoderNetworks = [...networkSizes, 'vector'] as const
export type AutoencoderNetwork = (typeof autoencoderNetworks)[number]

const styleWidths = {
  tiny: { channels: [8, 12, 16, 16], styleSize: 16 },
  small: { channels: [12, 24, 48, 64], styleSize: 64 },
  bundled: { channels: [24, 48, 96, 128], styleSize: 128 },
} as const

/** A network that redraws pictures of this side in a style. */
export const styleConfigOf = (size: NetworkSize, imageSize: number): CodedStyleConfig => ({
  ...styleWidths[size],
  imageSize,
})

const autoencoderWidths = {
  tiny: [8, 16, 16, 32],
  small: [16, 32, 64, 64],
  bundled: [16, 32, 64, 128],
  vector: [8, 16, 32, 64, 128, 128, 128],
} as const
/** Halvings beyond those that widths are listed for repeat the last width. */
export const mostHalvings = 6
const denoiserWidths = { tiny: [16, 32], small: [64, 128], bundled: [96, 192] } as const
const denoiserHeads = { tiny: 2, small: 2, bundled: 3 } as const
const normGroups = { tiny: 4, small: 8, bundled: 16 } as const

/** Levels, steps of each level and width of a flow. */
export const flowShapes = {
  tiny: { levels: 2, steps: 2, width: 16 },
  small: { levels: 3, steps: 4, width: 48 },
  bundled: { levels: 3, steps: 10, width: 96 },
} as const satisfies Record<NetworkSize, Pick<GlowConfig, 'levels' | 'steps' | 'width'>>

/** An autoencoder that stands `2^halvings` pixels a side for a latent. */
export function autoencoderConfigOf(
  network: AutoencoderNetwork,
  { latentChannels, halvings }: { readonly latentChannels: number; readonly halvings: number },
): AutoencoderKLConfig {
  return {
    inChannels: 3,
    outChannels: 3,
    latentChannels,
    blockOutChannels: widthsOf(network, halvings),
    layersPerBlock: 1,
    normGroups: 4,
    scalingFactor: 1,
    shiftFactor: 0,
    midAttention: true,
    quantConv: true,
    postQuantConv: true,
  }
}

/** A width for each size of the picture, the largest first. The lists but `vector`'s lose their narrow ends first. */
function widthsOf(network: AutoencoderNetwork, halvings: number): readonly number[] {
  const listed: readonly number[] = autoencoderWidths[network]
  if (network === 'vector') return listed.slice(0, halvings + 1)
  const more = Array.from({ length: halvings + 1 - listed.length }, () => listed.at(-1) ?? 1)
  return [...listed.slice(Math.max(0, listed.length - 1 - halvings)), ...more]
}

/**
 * What a training from nothing trains: a UNet of two levels, cross-attention in the lower one; told a pooled text and
 * sizes where there is one.
 */
export function freshDenoiser(
  size: NetworkSize,
  text: { readonly latentChannels: number; readonly width: number; readonly pooledWidth: number | undefined },
): DenoiserPart {
  const { latentChannels, width, pooledWidth } = text
  const timeEmbeddingSize = size === 'tiny' ? 8 : 32
  const config = {
    inChannels: latentChannels,
    outChannels: latentChannels,
    blockOutChannels: denoiserWidths[size],
    layersPerBlock: [1, 1],
    downAttention: [false, true],
    upAttention: [true, false],
    midAttention: true,
    transformerLayers: [1, 1],
    heads: [2, denoiserHeads[size]],
    crossAttentionDim: width,
    linearProjection: true,
    normGroups: normGroups[size],
    normEps: 1e-5,
    flipSinToCos: true,
    frequencyShift: 0,
    ...(pooledWidth !== undefined && {
      addition: { inputSize: pooledWidth + 6 * timeEmbeddingSize, timeEmbeddingSize },
    }),
  }
  return { architecture: 'unet-2d-condition', config, weights: createWeightSource([]) }
}
