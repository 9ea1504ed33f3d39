import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { WeightSource } from '@patchbay/onnx'
import { parseAutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { detectAutoencoderConfig, ldmAutoencoderOf } from '../architectures/autoencoder-kl/detect.ts'
import type { AutoencoderPart } from '../architectures/autoencoder-part.ts'
import { denoiserArchitectures, denoiserIn, type DenoiserPart } from '../architectures/denoiser-part.ts'
import type { TextEncoderPart } from '../architectures/text-encoder-part.ts'
import type { Checkpoint } from '../families/checkpoint.ts'
import {
  familyForWidths,
  familyNamed,
  familyOf,
  familyOfTextEncoders,
  missingTextEncoders,
  type ModelFamily,
} from '../families/model-family.ts'
import { openTinyAutoencoder } from '../networks/tiny-decoder.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { openComponent, readConfig } from '../weights/component.ts'
import { looksLike } from '../weights/looks-like.ts'
import { expectFloats } from '../weights/weight-file.ts'
import { architectureNamedIn, sampleSizeOf } from './denoiser-config.ts'
import { parseNoiseProcess } from './noise-process-config.ts'
import { expectedDenoisers } from './single-file.ts'
import { textEncoderSource, textEncodersOf, type TextEncoderSource } from './text-encoder-folder.ts'
import { textEncodersInFile } from './text-encoders-in-file.ts'

/**
 * Opens a denoising network by itself: a file under the original names or diffusers', a diffusers folder, or a whole
 * checkpoint, of which only the network is taken. A scheduler's config in the folder beside it says how noise was
 * added.
 * @throws CheckpointError that says what the file looks like, where it is none
 */
export function openDiffusionModel(path: string): Omit<Checkpoint, 'autoencoder' | 'textEncoders'> {
  const { title, weights: source, config: json } = openComponent(path)
  const denoiser = json === undefined ? denoiserIn(source) : describedDenoiser(source, json, title)
  if (!denoiser) {
    const isKnown = denoiserArchitectures.find(({ weightsIn }) => weightsIn(source))
    throw new CheckpointError(
      isKnown
        ? `${title} is ${isKnown.title} of a structure that is not known`
        : `${title} is no denoising network: it looks like ${looksLike(source, 'LoadDiffusionModel')}; expected ${expectedDenoisers()}`,
    )
  }
  expectFloats(title, denoiser.weights)
  const name = familyOf(denoiser)
  const family = familyNamed(name)
  const folder = statSync(path).isDirectory() ? path : dirname(path)
  const scheduler = join(folder, '../scheduler/scheduler_config.json')
  const process =
    json !== undefined && existsSync(scheduler)
      ? parseNoiseProcess(readConfig(scheduler, basename(dirname(folder))))
      : family.process(source, denoiser.weights)
  const nativeSize = sampleSizeOf(json, family.latents.scale) ?? family.nativeSize?.(process)
  return { title, family: name, denoiser, process, ...(nativeSize !== undefined && { nativeSize }) }
}

/** A denoiser by the config beside it, where the weights are those of its architecture. */
function describedDenoiser(source: WeightSource, json: unknown, title: string): DenoiserPart | undefined {
  const architecture = architectureNamedIn(json)
  const weights = architecture?.weightsIn(source)
  return weights && architecture?.partOf(json, title, { weights })
}

/** The text encoders of one model. */
export interface TextEncoders {
  readonly family: ModelFamily
  /** In the order in which their embeddings are joined. */
  readonly encoders: readonly TextEncoderPart[]
}

/** Which family text encoders are read for; `auto` goes by what they are. */
export const textEncoderFamilies = ['auto', 'sdxl', 'sd3', 'flux', 'flux2', 'z-image'] as const
export type TextEncoderFamily = (typeof textEncoderFamilies)[number]

/**
 * Opens text encoders by themselves, to be used together, in any order: ViT-L alone is that of SD 1, OpenCLIP's H that
 * of SD 2, L with bigG those of SDXL, bigG alone that of its refiner; with T5 beside both those of SD 3, L with T5
 * those of Flux.1. Qwen 3 serves Z-Image and Flux.2: `auto` is Z-Image. Files of transformers, of OpenCLIP, or whole
 * checkpoints.
 * @throws CheckpointError that says what a file looks like, where it holds none, or which files the family needs
 */
export function openTextEncoders(paths: readonly string[], wanted: TextEncoderFamily = 'auto'): TextEncoders {
  const sources = paths.flatMap((path) => textEncodersAt(path))
  const sentence = sources.find((source) => source.kind === 'sentence-encoder')
  if (sentence) return { family: familyOfTextEncoders([{ kind: sentence.kind }]), encoders: [sentence] }
  const ordered = sources.toSorted((a, b) => orderOf(a) - orderOf(b))
  const kinds = ordered.map((source) => ({ kind: source.kind, width: widthOf(source) }))
  const name = wanted === 'auto' ? familyOfTextEncoders(kinds) : familyForWidths(wanted, kinds)
  const family = familyNamed(name)
  const missing = missingTextEncoders(family, kinds)
  if (wanted !== 'auto' && missing.length > 0) {
    throw new CheckpointError(
      `${paths.map((path) => basename(path)).join(' and ')} are not all that ${family.title} reads: ${missing.join(' and ')} is missing. It needs ${family.files ?? 'its own text encoders'}`,
    )
  }
  const clips = ordered.filter(({ kind }) => kind === 'clip').length
  return { family: name, encoders: textEncodersOf(ordered, family, clips > 1) }
}

/** Narrow CLIPs first, then the others. */
const orderOf = (source: TextEncoderSource): number =>
  source.kind === 'clip' ? source.config.hiddenSize : Number.MAX_SAFE_INTEGER

const widthOf = (source: TextEncoderSource): number =>
  source.kind === 'clip' ? source.config.hiddenSize : source.kind === 'sentence-encoder' ? 0 : source.config.width

function textEncodersAt(path: string): readonly TextEncoderSource[] {
  const { title, weights, config } = openComponent(path)
  if (config !== undefined) {
    const folder = statSync(path).isDirectory() ? path : dirname(path)
    return [textEncoderSource(dirname(folder), basename(folder))]
  }
  const found = textEncodersInFile(weights)
  if (found.length > 0) return found
  throw new CheckpointError(
    `${title} holds no text encoder: it looks like ${looksLike(weights, 'LoadTextEncoder')}; expected a CLIP's, a T5 or a Qwen`,
  )
}

/** Which family's factor brings a VAE's latents to unit variance, where its files may not say. */
export const vaeFamilies = ['auto', 'sd', 'sdxl', 'sd3', 'flux'] as const
export type VaeFamily = (typeof vaeFamilies)[number]
const familyOfVae = { sd: 'sd1', sdxl: 'sdxl', sd3: 'sd3', flux: 'flux' } as const satisfies Record<string, ModelFamily>

/**
 * Opens a file or folder that holds an autoencoder, alone or with the rest of a checkpoint. SDXL's has the structure
 * of the older ones and another factor: it is read from the config, or told from the UNet beside it, from the file's
 * metadata, or else from its name.
 * @throws CheckpointError that says what the file looks like, where it holds none
 */
export function openAutoencoder(path: string, family: VaeFamily = 'auto'): AutoencoderPart {
  const { title, weights: source, config: json } = openComponent(path)
  const tiny = openTinyAutoencoder({ title, weights: source, path, config: json })
  if (tiny) return tiny
  const weights = ldmAutoencoderOf(source)
  const known = family === 'auto' ? json : undefined
  const own = family === 'auto' ? familyBeside(source) : familyOfVae[family]
  const config =
    weights &&
    (known === undefined
      ? detectAutoencoderConfig(weights, familyNamed(own).latents)
      : parseAutoencoderKLConfig(known, title))
  if (!weights || !config) {
    throw new CheckpointError(
      `${title} holds no VAE: it looks like ${looksLike(source, 'LoadVAE')}; expected an AutoencoderKL or TAESD`,
    )
  }
  expectFloats(title, weights)
  return { config, weights }
}

const fluxChannels = 16

/** The family of the denoiser beside a VAE; of a VAE alone, by the metadata of its file or its name. */
function familyBeside(source: WeightSource): ModelFamily {
  const denoiser = denoiserIn(source)
  if (denoiser) return familyOf(denoiser)
  const architecture = source.metadata['modelspec.architecture'] ?? source.metadata['ss_base_model_version']
  const [, latentChannels] = ldmAutoencoderOf(source)?.get('decoder.conv_in.weight')?.shape ?? []
  // The autoencoders of SD 3 and Flux.1 have one structure, and nothing in them says whose they are.
  if (latentChannels === fluxChannels) {
    return /sd[-_. ]?3|stable-?diffusion-?v?3/i.test(architecture ?? source.title) ? 'sd3' : 'flux'
  }
  return /xl/i.test(architecture ?? source.title) ? 'sdxl' : 'sd1'
}
