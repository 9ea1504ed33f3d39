import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { latentScaleOf, parseAutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { parseUNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import { diffusionProcess } from '../diffusion/process/noise-process.ts'
import { familyOf, nativeSizeOf, type Checkpoint } from '../families/checkpoint.ts'
import { clipEncoderOf, readJson, sampleSizeOf } from './diffusers-folder.ts'
import { exportedWeights } from '../networks/exported-graph.ts'
import { parseNoiseProcess } from './noise-process-config.ts'

const graphIn = (folder: string, part: string): string => join(folder, part, 'model.onnx')

/** Whether a folder holds a pipeline as optimum writes it. One with weights beside its graphs is taken for a diffusers folder. */
export function isExportedPipeline(folder: string): boolean {
  if (!existsSync(graphIn(folder, 'unet'))) return false
  return !readdirSync(join(folder, 'unet')).some((name) => /^diffusion_pytorch_model.*\.(safetensors|bin)/.test(name))
}

/**
 * Opens a pipeline of ONNX graphs (`unet/model.onnx`, `text_encoder/`, `text_encoder_2/`, `vae_encoder/`, `vae_decoder/`, each with its
 * `config.json`), as optimum writes it. Only the configs are read.
 * @throws CheckpointError or ConfigError that names the file that is missing or wrong
 */
export function openExportedPipeline(folder: string): Checkpoint {
  const title = basename(folder)
  const weights = exportedWeights(title)
  const unetJson = readJson(join(folder, 'unet/config.json'), title)
  const config = parseUNet2DConditionConfig(unetJson, `${title}/unet/config.json`)
  const autoencoder = autoencoderOf(folder, title)
  const isXl = config.addition !== undefined
  const textEncoders = ['text_encoder', 'text_encoder_2'].flatMap((part) => {
    const network = graphIn(folder, part)
    return existsSync(network) ? [{ ...clipEncoderOf(folder, part, title, isXl), weights, exported: { network } }] : []
  })
  const scheduler = join(folder, 'scheduler/scheduler_config.json')
  const family = familyOf(config, textEncoders)
  const process = existsSync(scheduler) ? parseNoiseProcess(readJson(scheduler, title)) : diffusionProcess()
  const scale = autoencoder ? latentScaleOf(autoencoder.config) : 8
  const nativeSize = sampleSizeOf(unetJson, scale) ?? nativeSizeOf(family, process)
  return {
    title,
    family,
    unet: { config, weights, exported: { network: graphIn(folder, 'unet') } },
    ...(autoencoder && { autoencoder }),
    textEncoders,
    process,
    ...(nativeSize !== undefined && { nativeSize }),
  }
}

function autoencoderOf(folder: string, title: string): Checkpoint['autoencoder'] {
  const [encoder, decoder] = ['vae_encoder', 'vae_decoder'].map((part) => graphIn(folder, part))
  const has = (file: string | undefined): file is string => file !== undefined && existsSync(file)
  const part = has(decoder) ? 'vae_decoder' : has(encoder) ? 'vae_encoder' : undefined
  if (part === undefined) return undefined
  const config = parseAutoencoderKLConfig(
    readJson(join(folder, part, 'config.json'), title),
    `${title}/${part}/config.json`,
  )
  const exported = { ...(has(encoder) && { encoder }), ...(has(decoder) && { decoder }) }
  return { config, weights: exportedWeights(title), exported }
}
