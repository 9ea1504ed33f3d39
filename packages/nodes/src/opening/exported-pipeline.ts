import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseAutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import type { AutoencoderPart } from '../architectures/autoencoder-part.ts'
import { denoiserArchitectures } from '../architectures/denoiser-part.ts'
import type { Checkpoint } from '../families/checkpoint.ts'
import { exportedWeights } from '../networks/exported-graph.ts'
import { denoiserConfigIn } from './denoiser-config.ts'
import { pipelineOf } from './diffusers-folder.ts'
import { readJson } from './pipeline-file.ts'
import { clipConfigIn } from './text-encoder-folder.ts'

const graphIn = (folder: string, part: string): string => join(folder, part, 'model.onnx')

/**
 * Whether a folder holds a pipeline as optimum writes it. One with weights beside its graphs is taken for a diffusers
 * folder.
 */
export function isExportedPipeline(folder: string): boolean {
  const denoiser = denoiserArchitectures.find((architecture) => existsSync(graphIn(folder, architecture.folder)))
  if (!denoiser) return false
  const isWeights = (name: string): boolean => /^diffusion_pytorch_model.*\.(safetensors|bin)/.test(name)
  return !readdirSync(join(folder, denoiser.folder)).some(isWeights)
}

/**
 * Opens a pipeline of ONNX graphs (`unet/model.onnx`, `text_encoder/`, `text_encoder_2/`, `vae_encoder/`,
 * `vae_decoder/`, each with its `config.json`), as optimum writes it. Only the configs are read.
 * @throws CheckpointError or ConfigError that names the file that is missing or wrong
 */
export function openExportedPipeline(folder: string): Checkpoint {
  const title = basename(folder)
  const weights = exportedWeights(title)
  const { architecture, json } = denoiserConfigIn(folder)
  const denoiser = architecture.partOf(json, `${title}/${architecture.folder}/config.json`, {
    weights,
    exported: { network: graphIn(folder, architecture.folder) },
  })
  const sources = ['text_encoder', 'text_encoder_2'].flatMap((part) => {
    const network = graphIn(folder, part)
    return existsSync(network) ? [{ ...clipConfigIn(folder, part), weights, exported: { network } }] : []
  })
  return pipelineOf(folder, { json, denoiser, autoencoder: autoencoderOf(folder, title), sources })
}

function autoencoderOf(folder: string, title: string): AutoencoderPart | undefined {
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
