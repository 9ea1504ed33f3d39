import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { WeightSource } from '@patchbay/onnx'
import { latentScaleOf, parseAutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { ldmAutoencoderOf } from '../architectures/autoencoder-kl/detect.ts'
import type { AutoencoderPart } from '../architectures/autoencoder-part.ts'
import { networkOf, type DenoiserPart } from '../architectures/denoiser-part.ts'
import { diffusionProcess } from '../diffusion/process/noise-process.ts'
import type { Checkpoint } from '../families/checkpoint.ts'
import { familyNamed, familyOf } from '../families/model-family.ts'
import { weightsIn } from '../weights/component.ts'
import { configFields } from '../weights/config-fields.ts'
import { denoiserConfigIn, sampleSizeOf } from './denoiser-config.ts'
import { parseNoiseProcess } from './noise-process-config.ts'
import { readJson } from './pipeline-file.ts'
import { textEncoderSource, textEncodersOf, type TextEncoderSource } from './text-encoder-folder.ts'

/**
 * Opens a diffusers folder (`model_index.json` with the denoiser's folder, `vae/`, `text_encoder/`, `scheduler/`);
 * shards and fp16 variants too.
 * @throws CheckpointError or ConfigError that names the file that is missing or wrong
 */
export function openDiffusersFolder(folder: string): Checkpoint {
  const title = basename(folder)
  const index = configFields(`${title}/model_index.json`, readJson(join(folder, 'model_index.json'), title))
  const { architecture, json } = denoiserConfigIn(folder)
  const denoiser = architecture.partOf(json, `${title}/${architecture.folder}/config.json`, {
    weights: componentWeights(folder, architecture.folder),
  })
  const autoencoder = index.has('vae') ? autoencoderOf(folder, title) : undefined
  const sources = ['text_encoder', 'text_encoder_2', 'text_encoder_3'].flatMap((name) =>
    existsSync(join(folder, name, 'config.json')) ? [textEncoderSource(folder, name)] : [],
  )
  return pipelineOf(folder, { json, denoiser, autoencoder, sources })
}

export interface PipelineParts {
  /** The config of the denoiser. */
  readonly json: unknown
  readonly denoiser: DenoiserPart
  readonly autoencoder: AutoencoderPart | undefined
  readonly sources: readonly TextEncoderSource[]
}

/** A checkpoint of the parts of a folder, with what its scheduler's config says of noise. */
export function pipelineOf(folder: string, { json, denoiser, autoencoder, sources }: PipelineParts): Checkpoint {
  const title = basename(folder)
  const takesPooled = networkOf(denoiser).pooledWidth !== undefined
  const name = familyOf(denoiser, sources)
  const family = familyNamed(name)
  const scheduler = join(folder, 'scheduler/scheduler_config.json')
  const process = existsSync(scheduler) ? parseNoiseProcess(readJson(scheduler, title)) : diffusionProcess()
  const scale = autoencoder ? latentScaleOf(autoencoder.config) : family.latents.scale
  const nativeSize = sampleSizeOf(json, scale) ?? family.nativeSize?.(process)
  return {
    title,
    family: name,
    denoiser,
    ...(autoencoder && { autoencoder }),
    textEncoders: textEncodersOf(sources, family, takesPooled),
    process,
    ...(nativeSize !== undefined && { nativeSize }),
  }
}

/** Whether a folder is laid out as diffusers lays out a pipeline. */
export function isDiffusersFolder(folder: string): boolean {
  return existsSync(join(folder, 'model_index.json'))
}

function autoencoderOf(folder: string, title: string): AutoencoderPart {
  const config = parseAutoencoderKLConfig(readJson(join(folder, 'vae/config.json'), title), `${title}/vae/config.json`)
  const stored = componentWeights(folder, 'vae')
  return { config, weights: ldmAutoencoderOf(stored) ?? stored }
}

function componentWeights(folder: string, component: string): WeightSource {
  return weightsIn(join(folder, component), ['diffusion_pytorch_model'], `${basename(folder)}/${component}`)
}
