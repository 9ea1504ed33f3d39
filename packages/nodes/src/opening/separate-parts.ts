import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { WeightSource } from '@patchbay/onnx'
import { parseAutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { parseUNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import {
  CheckpointError,
  familyOf,
  nativeSizeOf,
  type AutoencoderPart,
  type Checkpoint,
  type ClipTextEncoder,
  type ModelFamily,
  type TextEncoder,
} from '../families/checkpoint.ts'
import { ldmAutoencoderOf, ldmUnetOf, textEncoderPartsOf } from './checkpoint-parts.ts'
import { openComponent, readConfig } from '../weights/component.ts'
import { detectAutoencoderConfig, detectClipTextConfig, detectUNetConfig } from './detect-config.ts'
import { sampleSizeOf, textEncoderOf } from './diffusers-folder.ts'
import { parseNoiseProcess } from './noise-process-config.ts'
import { openTinyAutoencoder } from '../networks/tiny-decoder.ts'
import { looksLike, processOf } from './single-file.ts'
import { expectFloats } from '../weights/weight-file.ts'

/**
 * Opens a denoising network by itself: a file under the original names or diffusers', a diffusers folder, or a whole checkpoint, of which
 * only the network is taken. A scheduler's config in the folder beside it says how noise was added.
 * @throws CheckpointError that says what the file looks like, where it is none
 */
export function openDiffusionModel(path: string): Omit<Checkpoint, 'autoencoder' | 'textEncoders'> {
  const { title, weights: source, config: json } = openComponent(path)
  const weights = ldmUnetOf(source)
  if (!weights?.get('conv_out.weight')) {
    throw new CheckpointError(
      `${title} is no denoising network: it looks like ${looksLike(source, 'LoadDiffusionModel')}; expected a UNet`,
    )
  }
  const config = json === undefined ? detectUNetConfig(weights) : parseUNet2DConditionConfig(json, title)
  if (!config) throw new CheckpointError(`${title} is a UNet of a structure that is not known`)
  expectFloats(title, weights)
  const family = familyOf(config)
  const folder = statSync(path).isDirectory() ? path : dirname(path)
  const scheduler = join(folder, '../scheduler/scheduler_config.json')
  const process =
    json !== undefined && existsSync(scheduler)
      ? parseNoiseProcess(readConfig(scheduler, basename(dirname(folder))))
      : processOf(source, weights, family)
  const nativeSize = sampleSizeOf(json, 8) ?? nativeSizeOf(family, process)
  return { title, family, unet: { config, weights }, process, ...(nativeSize !== undefined && { nativeSize }) }
}

/** The text encoders of one model. */
export interface TextEncoders {
  readonly family: ModelFamily
  /** In the order in which their embeddings are joined. */
  readonly encoders: readonly TextEncoder[]
}

/**
 * Opens text encoders by themselves, to be used together: ViT-L alone is that of SD 1, OpenCLIP's H that of SD 2, L with bigG (in any
 * order) those of SDXL, bigG alone that of its refiner. Files of transformers, of OpenCLIP, or whole checkpoints.
 * @throws CheckpointError that says what a file looks like, where it holds none
 */
export function openTextEncoders(paths: readonly string[]): TextEncoders {
  const opened = paths.flatMap((path) => openClip(path))
  const other = opened.find((encoder) => encoder.kind === 'sentence-encoder')
  if (other) return { family: 'mini', encoders: [other] }
  const clips = opened
    .flatMap((encoder) => (encoder.kind === 'clip' ? [encoder] : []))
    .sort((a, b) => a.config.hiddenSize - b.config.hiddenSize)
  const widths = clips.map(({ config }) => config.hiddenSize)
  const isXl = clips.length > 1 || widths[0] === 1280
  const encoders = clips.map((encoder, index): ClipTextEncoder => {
    const { hiddenSize, layers } = encoder.config
    // Folders of SD 2 hold 23 layers, so the last one there is the last but one of the original.
    const isWholeH = hiddenSize === 1024 && layers > 23
    return {
      ...encoder,
      layerFromEnd: isXl || isWholeH ? 2 : 1,
      finalNorm: !isXl,
      pooled: isXl && index === clips.length - 1 && encoder.config.projectionSize !== undefined,
    }
  })
  return { family: textFamilyOf(widths), encoders }
}

function textFamilyOf(widths: readonly number[]): ModelFamily {
  const known: Readonly<Record<string, ModelFamily>> = {
    '768': 'sd1',
    '1024': 'sd2',
    '768,1280': 'sdxl',
    '1280': 'sdxl-refiner',
  }
  return known[widths.join()] ?? 'unknown'
}

function openClip(path: string): readonly TextEncoder[] {
  const component = openComponent(path)
  const { title, weights: source, config: json } = component
  if (json !== undefined) {
    const folder = statSync(path).isDirectory() ? path : dirname(path)
    return [textEncoderOf(dirname(folder), basename(folder), basename(dirname(folder)), false)]
  }
  const found = textEncoderPartsOf(source).flatMap(({ kind, weights }): ClipTextEncoder[] => {
    const config = detectClipTextConfig(weights)
    if (!config) return []
    const padToken = kind === 'open-clip' || config.hiddenSize > 768 ? 0 : config.endToken
    return [{ kind: 'clip', config, weights, layerFromEnd: 1, finalNorm: true, pooled: false, padToken }]
  })
  if (found.length > 0) return found
  throw new CheckpointError(
    `${title} holds no text encoder: it looks like ${looksLike(source, 'LoadTextEncoder')}; expected a CLIP's`,
  )
}

/** Which family's factor brings a VAE's latents to unit variance, where its files may not say. */
export const vaeFamilies = ['auto', 'sd', 'sdxl'] as const
export type VaeFamily = (typeof vaeFamilies)[number]
const scalingFactors = { sd: 0.18215, sdxl: 0.13025 } as const

/**
 * Opens a file or folder that holds an autoencoder, alone or with the rest of a checkpoint. SDXL's has the structure of the older ones
 * and another factor: it is read from the config, or told from the UNet beside it, from the file's metadata, or else from its name.
 * @throws CheckpointError that says what the file looks like, where it holds none
 */
export function openAutoencoder(path: string, family: VaeFamily = 'auto'): AutoencoderPart {
  const { title, weights: source, config: json } = openComponent(path)
  const tiny = openTinyAutoencoder({ title, weights: source, path, config: json })
  if (tiny) return tiny
  const weights = ldmAutoencoderOf(source)
  const known = family === 'auto' ? json : undefined
  const own = family === 'auto' ? vaeFamilyOf(source) : family
  const config =
    weights &&
    (known === undefined
      ? detectAutoencoderConfig(weights, scalingFactors[own])
      : parseAutoencoderKLConfig(known, title))
  if (!weights || !config) {
    throw new CheckpointError(
      `${title} holds no VAE: it looks like ${looksLike(source, 'LoadVAE')}; expected an AutoencoderKL or TAESD`,
    )
  }
  expectFloats(title, weights)
  return { config, weights }
}

function vaeFamilyOf(source: WeightSource): 'sd' | 'sdxl' {
  const unet = ldmUnetOf(source)
  if (unet) return detectUNetConfig(unet)?.addition ? 'sdxl' : 'sd'
  const architecture = source.metadata['modelspec.architecture'] ?? source.metadata['ss_base_model_version']
  return /xl/i.test(architecture ?? source.title) ? 'sdxl' : 'sd'
}
