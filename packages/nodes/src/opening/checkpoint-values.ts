import { latentScaleOf } from '../architectures/autoencoder-kl/config.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'
import { contentKeyOf } from '../weights/component.ts'
import type { AutoencoderModel } from '../networks/image-autoencoder.ts'
import { openCheckpoint } from './open-checkpoint.ts'
import { openAutoencoder, openDiffusionModel, openTextEncoders, type VaeFamily } from './separate-parts.ts'

/** The parts of a checkpoint as they pass between nodes. */
export interface CheckpointValues {
  readonly model: DiffusionModel
  readonly textEncoder?: TextEncoderModel
  readonly vae?: AutoencoderModel
}

/** Opens the checkpoint at a path; only headers and configs are read. */
export function loadCheckpointParts(path: string): CheckpointValues {
  const checkpoint = openCheckpoint(path)
  const key = contentKeyOf(path)
  const { autoencoder, textEncoders, family } = checkpoint
  const vae = autoencoder && { key: `${key}|vae`, part: autoencoder }
  return {
    model: {
      family,
      denoising: { key: `${key}|unet`, part: checkpoint.unet, updates: [] },
      process: checkpoint.process,
      latentChannels: checkpoint.unet.config.outChannels,
      latentScale: autoencoder ? latentScaleOf(autoencoder.config) : 8,
      ...(checkpoint.nativeSize !== undefined && { nativeSize: checkpoint.nativeSize }),
      ...(vae && { previewAutoencoder: vae }),
    },
    ...(textEncoders.length > 0 && {
      textEncoder: { family, key: `${key}|text`, encoders: textEncoders, updates: [] },
    }),
    ...(vae && { vae }),
  }
}

/** A denoising network by itself, as it passes between nodes. */
export function loadDiffusionModel(path: string): DiffusionModel {
  const { family, unet, process, nativeSize } = openDiffusionModel(path)
  return {
    family,
    denoising: { key: `${contentKeyOf(path)}|unet`, part: unet, updates: [] },
    process,
    latentChannels: unet.config.outChannels,
    latentScale: 8,
    ...(nativeSize !== undefined && { nativeSize }),
  }
}

/** Text encoders by themselves, to be used together. */
export function loadTextEncoders(paths: readonly string[]): TextEncoderModel {
  const { family, encoders } = openTextEncoders(paths)
  return { family, key: paths.map((path) => `${contentKeyOf(path)}|text`).join('|'), encoders, updates: [] }
}

/** A VAE by itself, or the one of a checkpoint. */
export function loadAutoencoder(path: string, family?: VaeFamily): AutoencoderModel {
  const part = openAutoencoder(path, family)
  return { key: `${contentKeyOf(path)}|vae|${part.config.scalingFactor}`, part }
}
