import { latentScaleOf } from '../architectures/autoencoder-kl/config.ts'
import { keyAt, type Precision } from '../architectures/kinds/precision.ts'
import { networkOf } from '../architectures/denoiser-part.ts'
import { familyNamed } from '../families/model-family.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'
import { contentKeyOf } from '../weights/component.ts'
import { unreadMessage } from '../weights/unread-weights.ts'
import type { AutoencoderModel } from '../networks/image-autoencoder.ts'
import { openCheckpoint } from './open-checkpoint.ts'
import {
  openAutoencoder,
  openDiffusionModel,
  openTextEncoders,
  type TextEncoderFamily,
  type VaeFamily,
} from './separate-parts.ts'

/** The parts of a checkpoint as they pass between nodes. */
export interface CheckpointValues {
  readonly model: DiffusionModel
  readonly textEncoder?: TextEncoderModel
  readonly vae?: AutoencoderModel
  /** What of its file is not read, in a sentence. */
  readonly warning?: string
}

/** Opens the checkpoint at a path; only headers and configs are read. */
export function loadCheckpointParts(path: string): CheckpointValues {
  const checkpoint = openCheckpoint(path)
  const key = contentKeyOf(path)
  const { autoencoder, denoiser, textEncoders, family } = checkpoint
  const warning = unreadMessage(checkpoint.title, checkpoint.unread ?? [])
  const vae = autoencoder && { key: `${key}|vae`, part: autoencoder }
  return {
    model: {
      family,
      denoising: { key: `${key}|unet`, part: denoiser, updates: [] },
      process: checkpoint.process,
      latentChannels: networkOf(denoiser).latentChannels,
      latentScale: autoencoder ? latentScaleOf(autoencoder.config) : familyNamed(family).latents.scale,
      ...(checkpoint.nativeSize !== undefined && { nativeSize: checkpoint.nativeSize }),
      ...(vae && { previewAutoencoder: vae }),
    },
    ...(textEncoders.length > 0 && {
      textEncoder: { family, key: `${key}|text`, encoders: textEncoders, updates: [] },
    }),
    ...(vae && { vae }),
    ...(warning !== undefined && { warning }),
  }
}

/** The same model at a precision; nothing is loaded again. */
export function modelAt(model: DiffusionModel, precision: Precision): DiffusionModel {
  const { denoising, previewAutoencoder } = model
  return {
    ...model,
    denoising: { ...denoising, key: keyAt(denoising.key, precision), part: { ...denoising.part, precision } },
    ...(previewAutoencoder && { previewAutoencoder: vaeAt(previewAutoencoder, precision) }),
  }
}

/** The same VAE at a precision. */
export const vaeAt = ({ key, part }: AutoencoderModel, precision: Precision): AutoencoderModel => ({
  key: keyAt(key, precision),
  part: { ...part, precision },
})

/** The same text encoders at a precision. */
export const textEncoderAt = (model: TextEncoderModel, precision: Precision): TextEncoderModel => ({
  ...model,
  key: keyAt(model.key, precision),
  encoders: model.encoders.map((encoder) => ({ ...encoder, precision })),
})

/** The parts of a checkpoint at a precision. */
export const checkpointAt = (
  { model, textEncoder, vae }: CheckpointValues,
  precision: Precision,
): CheckpointValues => ({
  model: modelAt(model, precision),
  ...(textEncoder && { textEncoder: textEncoderAt(textEncoder, precision) }),
  ...(vae && { vae: vaeAt(vae, precision) }),
})

/** A denoising network by itself, as it passes between nodes. */
export function loadDiffusionModel(path: string): DiffusionModel {
  const { family, denoiser, process, nativeSize } = openDiffusionModel(path)
  return {
    family,
    denoising: { key: `${contentKeyOf(path)}|unet`, part: denoiser, updates: [] },
    process,
    latentChannels: networkOf(denoiser).latentChannels,
    latentScale: familyNamed(family).latents.scale,
    ...(nativeSize !== undefined && { nativeSize }),
  }
}

/** Text encoders by themselves, to be used together. */
export function loadTextEncoders(paths: readonly string[], wanted: TextEncoderFamily = 'auto'): TextEncoderModel {
  const { family, encoders } = openTextEncoders(paths, wanted)
  const key = paths.map((path) => `${contentKeyOf(path)}|text`).join('|')
  return { family, key: `${key}|${family}`, encoders, updates: [] }
}

/** A VAE by itself, or the one of a checkpoint. */
export function loadAutoencoder(path: string, family?: VaeFamily): AutoencoderModel {
  const part = openAutoencoder(path, family)
  return { key: `${contentKeyOf(path)}|vae|${part.config.scalingFactor}`, part }
}
