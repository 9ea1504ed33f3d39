import type { JsonObject } from '@patchbay/engine'
import { requireWeight, weightByteLength } from '@patchbay/onnx'
import { latentScaleOf, type AutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { coarsestCell } from '../architectures/unet-2d-condition/config.ts'
import { unetCost } from '../architectures/unet-2d-condition/cost.ts'
import { bestGuidanceOf, type Checkpoint, type ModelFamily, type TextEncoder } from '../families/checkpoint.ts'
import type { ControlNetModel } from '../networks/control-net.ts'
import { denoisingWork } from '../networks/denoising-network.ts'
import { decodingWork } from '../networks/image-autoencoder.ts'
import { exportedModel } from '../networks/exported-graph.ts'
import { openCheckpoint } from './open-checkpoint.ts'
import { universalSentenceEncoderSizes } from '../architectures/universal-sentence-encoder/universal-sentence-encoder.ts'

/** What is known of a checkpoint's parts before anything runs. */
export function traitsOfCheckpoint(path: string): { model: JsonObject; textEncoder: JsonObject; vae: JsonObject } {
  const checkpoint = openCheckpoint(path)
  const { family, unet, autoencoder, textEncoders } = checkpoint
  const latentScale = autoencoder ? latentScaleOf(autoencoder.config) : 8
  return {
    model: traitsOfModel(checkpoint, latentScale),
    textEncoder:
      textEncoders.length > 0
        ? traitsOfTextEncoders(family, textEncoders)
        : { family, conditioningWidth: unet.config.crossAttentionDim },
    vae: {
      family,
      latentChannels: autoencoder?.config.latentChannels ?? unet.config.outChannels,
      latentScale,
      ...(autoencoder && decodingTraits(autoencoder.config)),
    },
  }
}

/** What is known of a denoising network before anything runs. */
export function traitsOfModel(
  { family, unet, nativeSize }: Pick<Checkpoint, 'family' | 'unet' | 'nativeSize'>,
  latentScale = 8,
): JsonObject {
  const bestGuidance = bestGuidanceOf(family)
  return {
    family,
    latentChannels: unet.config.outChannels,
    inChannels: unet.config.inChannels,
    latentScale,
    conditioningWidth: unet.config.crossAttentionDim,
    cost: { ...unetCost(unet.config), weightBytes: bytesOf(unet) },
    workKind: denoisingWork(unet.config),
    ...(unet.exported && { isExported: true, sizeMultiple: latentScale * coarsestCell(unet.config) }),
    ...(nativeSize !== undefined && { nativeSize }),
    ...(bestGuidance !== undefined && { bestGuidance }),
  }
}

/** What is known of text encoders that are used together: how many values their tokens have. */
export function traitsOfTextEncoders(family: ModelFamily, encoders: readonly TextEncoder[]): JsonObject {
  const widths = encoders.map((encoder) =>
    encoder.kind === 'clip' ? encoder.config.hiddenSize : universalSentenceEncoderSizes.width,
  )
  return { family, conditioningWidth: widths.reduce((sum, width) => sum + width, 0) }
}

/** What is known of a VAE by itself before anything runs. */
export function traitsOfAutoencoder(config: AutoencoderKLConfig): JsonObject {
  return {
    latentChannels: config.latentChannels,
    latentScale: latentScaleOf(config),
    ...decodingTraits(config),
  }
}

/** What is known of a ControlNet before anything runs. */
export function traitsOfControlNet({ family, config }: ControlNetModel): JsonObject {
  return { family, conditioningWidth: config.unet.crossAttentionDim, latentChannels: config.unet.inChannels }
}

function decodingTraits(config: AutoencoderKLConfig): JsonObject {
  return { decodeBytesPerPixel: decodeBytesPerPixel(config), workKind: decodingWork(config) }
}

/** Bytes of float32 values that decoding holds at its worst moment, in its last block, for each pixel of a picture. */
function decodeBytesPerPixel({ blockOutChannels: [last = 0, before = last] }: AutoencoderKLConfig): number {
  return 4 * (2 * before + last)
}

function bytesOf({ weights, exported }: Checkpoint['unet']): number {
  if (exported?.network !== undefined) return exportedModel(exported.network).bytes
  return weights.names.reduce((sum, name) => sum + weightByteLength(requireWeight(weights, name)), 0)
}
