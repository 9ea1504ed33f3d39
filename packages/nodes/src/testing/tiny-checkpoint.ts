import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  Graph,
  Scope,
  createWeightSource,
  featureMap,
  float32,
  mergeWeights,
  renameWeights,
  requireWeight,
  serializeSafetensors,
  weightOf,
  type WeightSource,
} from '@patchbay/onnx'
import { decodeLatents, encodeImage } from '../architectures/autoencoder-kl/autoencoder-kl.ts'
import { parseAutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { clipText } from '../architectures/clip-text/clip-text.ts'
import { parseClipTextConfig } from '../architectures/clip-text/config.ts'
import { parseUNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import { unetNetwork } from '../architectures/unet-2d-condition/index.ts'
import { denoiserGraph } from '../networks/denoising-network.ts'
import { weightValues } from './reference-models.ts'

/**
 * A checkpoint with the structure of Stable Diffusion 1.5, a tenth of its width, and weights that follow from their
 * names.
 */
const configs = {
  unet: {
    _class_name: 'UNet2DConditionModel',
    in_channels: 4,
    out_channels: 4,
    block_out_channels: [32, 64, 128, 128],
    layers_per_block: 2,
    attention_head_dim: 8,
    cross_attention_dim: 64,
    down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
    up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  },
  vae: {
    _class_name: 'AutoencoderKL',
    latent_channels: 4,
    block_out_channels: [32, 64, 128, 128],
    layers_per_block: 2,
    scaling_factor: 0.18215,
  },
  text_encoder: {
    architectures: ['CLIPTextModel'],
    vocab_size: 49408,
    hidden_size: 64,
    intermediate_size: 128,
    num_hidden_layers: 2,
    num_attention_heads: 1,
    hidden_act: 'quick_gelu',
    eos_token_id: 2,
  },
} as const

const scheduler = {
  _class_name: 'PNDMScheduler',
  beta_schedule: 'scaled_linear',
  beta_start: 0.00085,
  beta_end: 0.012,
  num_train_timesteps: 1000,
}

export interface TinyCheckpoint {
  readonly unet: WeightSource
  readonly vae: WeightSource
  readonly textEncoder: WeightSource
}

/** Its weights, in memory. */
export function tinyCheckpoint(): TinyCheckpoint {
  const vae = new Graph()
  const vaeConfig = parseAutoencoderKLConfig(configs.vae)
  encodeImage(new Scope(vae), vaeConfig, featureMap(vae.input('image', 'float32', [1, 3, 8, 8])))
  decodeLatents(new Scope(vae), vaeConfig, featureMap(vae.input('latents', 'float32', [1, 4, 1, 1])))
  const text = new Graph()
  clipText(new Scope(text), parseClipTextConfig(configs.text_encoder), {
    tokens: text.input('tokens', 'int64', [1, 77]),
  })
  return {
    unet: weightsOf(denoiserGraph(unetNetwork(parseUNet2DConditionConfig(configs.unet)))),
    vae: weightsOf(vae),
    textEncoder: weightsOf(text),
  }
}

function weightsOf(graph: Graph): WeightSource {
  return createWeightSource(
    graph.parameters.map(({ name, shape }) => {
      const size = shape.map(Number)
      return weightOf(name, float32(asStored(name, size), weightValues(name, size)))
    }),
  )
}

/** Stable Diffusion 1 stores the projections around its transformers as 1×1 convolutions. */
function asStored(name: string, shape: readonly number[]): readonly number[] {
  return /\.proj_(in|out)\.weight$/.test(name) ? [...shape, 1, 1] : shape
}

/** In one file, under the names of the original code. */
export function singleFile({ unet, vae, textEncoder }: TinyCheckpoint): WeightSource {
  const file = resolve(import.meta.dirname, '../../../../tests/reference/vectors/checkpoint-names.json.gz')
  const pairs = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Record<
    string,
    readonly (readonly [string, string])[]
  >
  const original = (source: WeightSource, family: string, prefix: string): WeightSource => {
    const names = new Map((pairs[family] ?? []).map(([theirs, ours]) => [ours, theirs]))
    return renameWeights(source, (name) => `${prefix}${names.get(name) ?? `unknown.${name}`}`)
  }
  return mergeWeights([
    original(unet, 'sd1', 'model.diffusion_model.'),
    original(asConvolutions(vae), 'autoencoder', 'first_stage_model.'),
    renameWeights(textEncoder, (name) => `cond_stage_model.transformer.${name}`),
  ])
}

/** The original autoencoder stores its attention as 1×1 convolutions. */
function asConvolutions(vae: WeightSource): WeightSource {
  const weights = vae.names.map((name) => requireWeight(vae, name))
  return createWeightSource(
    weights.map((weight) =>
      /\.attentions\.0\.to_.+weight$/.test(weight.name) ? { ...weight, shape: [...weight.shape, 1, 1] } : weight,
    ),
  )
}

/** As a diffusers folder, each part in one file or in shards with an index. */
export function writeDiffusersFolder(folder: string, { unet, vae, textEncoder }: TinyCheckpoint, shards = 1): void {
  mkdirSync(folder, { recursive: true })
  const json = (path: string, value: unknown): void => writeFileSync(join(folder, path), JSON.stringify(value))
  json('model_index.json', {
    _class_name: 'StableDiffusionPipeline',
    unet: ['diffusers', 'UNet2DConditionModel'],
    vae: ['diffusers', 'AutoencoderKL'],
    text_encoder: ['transformers', 'CLIPTextModel'],
    scheduler: ['diffusers', 'PNDMScheduler'],
  })
  mkdirSync(join(folder, 'scheduler'))
  json('scheduler/scheduler_config.json', scheduler)
  const parts = [
    ['unet', 'diffusion_pytorch_model', unet],
    ['vae', 'diffusion_pytorch_model', vae],
    ['text_encoder', 'model', textEncoder],
  ] as const
  for (const [part, stem, weights] of parts) {
    mkdirSync(join(folder, part))
    json(`${part}/config.json`, configs[part])
    if (shards === 1) {
      writeFileSync(join(folder, part, `${stem}.safetensors`), serializeSafetensors(weights))
      continue
    }
    const places: Record<string, string> = {}
    for (let shard = 0; shard < shards; shard++) {
      const name = `${stem}-${String(shard + 1).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}.safetensors`
      const own = new Set(weights.names.filter((_, index) => index % shards === shard))
      for (const weight of own) places[weight] = name
      const subset = renameWeights(weights, (weight) => (own.has(weight) ? weight : undefined))
      writeFileSync(join(folder, part, name), serializeSafetensors(subset))
    }
    json(`${part}/${stem}.safetensors.index.json`, { metadata: {}, weight_map: places })
  }
}
