import { statSync } from 'node:fs'
import type { JsonObject } from '@patchbay/engine'
import { latentScaleOf } from '../architectures/autoencoder-kl-config.ts'
import type { DiffusionModel } from './diffusion-model.ts'
import type { TextEncoderModel } from './text-encoder.ts'
import type { AutoencoderModel } from '../models/image-autoencoder.ts'
import { openCheckpoint } from '../models/open-checkpoint.ts'

/** The parts of a checkpoint as they pass between nodes. */
export interface CheckpointValues {
  readonly model: DiffusionModel
  readonly textEncoder?: TextEncoderModel
  readonly vae?: AutoencoderModel
}

/** Opens the checkpoint at a path; only headers and configs are read. */
export function loadCheckpointParts(path: string): CheckpointValues {
  const checkpoint = openCheckpoint(path)
  const key = keyOf(path)
  const { autoencoder, textEncoders, family } = checkpoint
  const vae = autoencoder && { key: `${key}|vae`, part: autoencoder }
  return {
    model: {
      family,
      denoising: { key: `${key}|unet`, part: checkpoint.unet, updates: [] },
      process: checkpoint.process,
      latentChannels: checkpoint.unet.config.outChannels,
      latentScale: autoencoder ? latentScaleOf(autoencoder.config) : 8,
      ...(vae && { previewAutoencoder: vae }),
    },
    ...(textEncoders.length > 0 && {
      textEncoder: { family, key: `${key}|text`, encoders: textEncoders, updates: [] },
    }),
    ...(vae && { vae }),
  }
}

/** What is known of a checkpoint's parts before anything runs. */
export function traitsOfCheckpoint(path: string): { model: JsonObject; textEncoder: JsonObject; vae: JsonObject } {
  const checkpoint = openCheckpoint(path)
  const { family, unet, autoencoder } = checkpoint
  const latentScale = autoencoder ? latentScaleOf(autoencoder.config) : 8
  return {
    model: {
      family,
      latentChannels: unet.config.outChannels,
      inChannels: unet.config.inChannels,
      latentScale,
      conditioningWidth: unet.config.crossAttentionDim,
    },
    textEncoder: { family, conditioningWidth: unet.config.crossAttentionDim },
    vae: { family, latentChannels: autoencoder?.config.latentChannels ?? unet.config.outChannels, latentScale },
  }
}

/** Names the weights of a file or folder by its place, size and time of change. */
function keyOf(path: string): string {
  const { size, mtimeMs } = statSync(path)
  return `${path}|${size}|${mtimeMs}`
}
