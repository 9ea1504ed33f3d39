import type { JsonObject } from '@patchbay/engine'
import { requireWeight, weightByteLength } from '@patchbay/onnx'
import { denoisedChannelsOf, latentScaleOf, type AutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import type { AutoencoderPart } from '../architectures/autoencoder-part.ts'
import { workAt, type Precision } from '../architectures/kinds/precision.ts'
import { networkOf } from '../architectures/denoiser-part.ts'
import type { TextEncoderPart } from '../architectures/text-encoder-part.ts'
import type { Checkpoint } from '../families/checkpoint.ts'
import { familyNamed, textWidthsOf, type ModelFamily } from '../families/model-family.ts'
import type { ControlNetModel } from '../networks/control-net.ts'
import { decodingWork } from '../networks/image-autoencoder.ts'
import type { IPAdapterModel } from '../networks/ip-adapter.ts'
import { exportedModel } from '../networks/exported-graph.ts'
import { openCheckpoint } from './open-checkpoint.ts'

/** What is known of a checkpoint's parts at a precision before anything runs. */
export function traitsOfCheckpoint(
  path: string,
  precision: Precision = 'exact',
): { model: JsonObject; textEncoder: JsonObject; vae: JsonObject } {
  const checkpoint = openCheckpoint(path)
  const { family, autoencoder, textEncoders } = checkpoint
  const denoiser = { ...checkpoint.denoiser, precision }
  const network = networkOf(denoiser)
  const latentScale = autoencoder ? latentScaleOf(autoencoder.config) : familyNamed(family).latents.scale
  return {
    model: traitsOfModel({ ...checkpoint, denoiser }, latentScale),
    textEncoder:
      textEncoders.length > 0
        ? traitsOfTextEncoders(family, textEncoders)
        : { family, conditioningWidth: network.textWidth },
    vae: {
      family,
      latentChannels: autoencoder ? denoisedChannelsOf(autoencoder.config) : network.latentChannels,
      latentScale,
      ...(autoencoder && decodingTraits({ ...autoencoder, precision })),
    },
  }
}

/** What is known of a denoising network before anything runs. */
export function traitsOfModel(
  { family, denoiser, nativeSize }: Pick<Checkpoint, 'family' | 'denoiser' | 'nativeSize'>,
  latentScale = familyNamed(family).latents.scale,
): JsonObject {
  const { guidance: bestGuidance, files } = familyNamed(family)
  const network = networkOf(denoiser)
  return {
    family,
    latentChannels: network.latentChannels,
    inChannels: network.inputChannels,
    latentScale,
    conditioningWidth: network.textWidth,
    ...(files !== undefined && network.pooledWidth !== undefined && { pooledWidth: network.pooledWidth }),
    ...(files !== undefined && { textEncoderFiles: files }),
    cost: { ...network.cost, weightBytes: bytesOf(denoiser) },
    ...(network.selfAttention && { selfAttention: [...network.selfAttention] }),
    workKind: workAt(network.work, denoiser.precision ?? 'exact'),
    ...(denoiser.exported && { isExported: true }),
    ...((denoiser.exported || network.isWholeCells) && { sizeMultiple: latentScale * network.cell }),
    ...(nativeSize !== undefined && { nativeSize }),
    ...(bestGuidance !== undefined && { bestGuidance }),
  }
}

/** What is known of text encoders that are used together: how many values their tokens have, and their pooled text. */
export function traitsOfTextEncoders(family: ModelFamily, encoders: readonly TextEncoderPart[]): JsonObject {
  return { family, ...textWidthsOf(familyNamed(family), encoders) }
}

/** What is known of a VAE by itself before anything runs. */
export function traitsOfAutoencoder(part: AutoencoderPart): JsonObject {
  const { config } = part
  return {
    latentChannels: denoisedChannelsOf(config),
    latentScale: latentScaleOf(config),
    ...decodingTraits(part),
  }
}

/** What is known of a ControlNet before anything runs. */
export function traitsOfControlNet({ family, config }: ControlNetModel): JsonObject {
  return { family, conditioningWidth: config.unet.crossAttentionDim, latentChannels: config.unet.inChannels }
}

/** What is known of an IP-Adapter before anything runs. */
export function traitsOfIPAdapter({ projection, layers }: IPAdapterModel): JsonObject {
  return { conditioningWidth: projection.width, crossAttentions: layers }
}

function decodingTraits(part: AutoencoderPart): JsonObject {
  return { decodeBytesPerPixel: decodeBytesPerPixel(part.config), workKind: decodingWork(part) }
}

/** Bytes of float32 values that decoding holds at its worst moment, in its last block, for each pixel of a picture. */
function decodeBytesPerPixel({ blockOutChannels: [last = 0, before = last] }: AutoencoderKLConfig): number {
  return 4 * (2 * before + last)
}

function bytesOf({ weights, exported }: Checkpoint['denoiser']): number {
  if (exported?.network !== undefined) return exportedModel(exported.network).bytes
  return weights.names.reduce((sum, name) => sum + weightByteLength(requireWeight(weights, name)), 0)
}
