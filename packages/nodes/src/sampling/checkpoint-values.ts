import { statSync } from 'node:fs'
import type { JsonObject } from '@patchbay/engine'
import { latentScaleOf, parseAutoencoderKLConfig } from '../architectures/autoencoder-kl-config.ts'
import type { DiffusionModel } from './diffusion-model.ts'
import type { TextEncoderModel } from './text-encoder.ts'
import { bestGuidanceOf, CheckpointError } from '../models/checkpoint.ts'
import { ldmAutoencoderOf } from '../models/checkpoint-parts.ts'
import { detectAutoencoderConfig } from '../models/detect-config.ts'
import type { AutoencoderModel } from '../models/image-autoencoder.ts'
import { openCheckpoint } from '../models/open-checkpoint.ts'
import { looksLike } from '../models/single-file.ts'
import { openWeightFile } from '../models/weight-file.ts'

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
      ...(checkpoint.nativeSize !== undefined && { nativeSize: checkpoint.nativeSize }),
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
  const { family, unet, autoencoder, nativeSize } = checkpoint
  const bestGuidance = bestGuidanceOf(family)
  const latentScale = autoencoder ? latentScaleOf(autoencoder.config) : 8
  return {
    model: {
      family,
      latentChannels: unet.config.outChannels,
      inChannels: unet.config.inChannels,
      latentScale,
      conditioningWidth: unet.config.crossAttentionDim,
      ...(nativeSize !== undefined && { nativeSize }),
      ...(bestGuidance !== undefined && { bestGuidance }),
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

/** Opens a file that holds an autoencoder, alone or with the rest of a checkpoint. Throws a CheckpointError for any other. */
export function loadAutoencoder(path: string): AutoencoderModel {
  const source = openWeightFile(path)
  const weights = ldmAutoencoderOf(source)
  const { config: stored } = source.metadata
  if (weights && stored !== undefined) {
    // What shapes alone do not tell, such as the number of norm groups, comes with what was trained here.
    const own = parseAutoencoderKLConfig(JSON.parse(stored), `${source.title}, "config" of its metadata`)
    return { key: `${keyOf(path)}|vae`, part: { config: own, weights } }
  }
  const config = weights && detectAutoencoderConfig(weights, isXl(source) ? 0.13025 : 0.18215)
  if (!weights || !config) {
    throw new CheckpointError(`${source.title} holds no VAE: it looks like ${looksLike(source)}`)
  }
  return { key: `${keyOf(path)}|vae`, part: { config, weights } }
}

/** SDXL's autoencoder has the structure of the older ones; its files say what it is in their metadata or their name only. */
function isXl({ title }: { readonly title: string }): boolean {
  return /xl/i.test(title)
}
