import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createWeightSource, type Weight } from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { parseUNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import { unetNetwork } from '../architectures/unet-2d-condition/index.ts'
import { denoiserGraph } from '../networks/denoising-network.ts'
import { openSingleFile } from './single-file.ts'

const file = resolve(import.meta.dirname, '../../../../tests/reference/vectors/checkpoint-names.json.gz')
const pairs = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Record<string, readonly [string, string][]>

/** A weight of this shape whose bytes must not be asked for. */
const shaped = (name: string, shape: readonly number[]): Weight => ({
  name,
  dtype: 'float16',
  shape,
  get place(): never {
    throw new Error(`${name} was read`)
  },
})

const xl = { use_linear_projection: true, addition_embed_type: 'text_time', addition_time_embed_dim: 256 }
const down = (has: boolean) => (has ? 'CrossAttnDownBlock2D' : 'DownBlock2D')
const up = (has: boolean) => (has ? 'CrossAttnUpBlock2D' : 'UpBlock2D')
const blocks = (...attention: boolean[]) => ({
  down_block_types: attention.map(down),
  up_block_types: attention.map(up).reverse(),
})
/** `unet/config.json` of the published checkpoints, what parsing does not fill in. */
const published = {
  'Stable Diffusion 1': {
    block_out_channels: [320, 640, 1280, 1280],
    cross_attention_dim: 768,
    attention_head_dim: 8,
    ...blocks(true, true, true, false),
  },
  SDXL: {
    ...xl,
    block_out_channels: [320, 640, 1280],
    cross_attention_dim: 2048,
    attention_head_dim: [5, 10, 20],
    transformer_layers_per_block: [1, 2, 10],
    projection_class_embeddings_input_dim: 2816,
    ...blocks(false, true, true),
  },
  "SDXL's refiner": {
    ...xl,
    block_out_channels: [384, 768, 1536, 1536],
    cross_attention_dim: 1280,
    attention_head_dim: [6, 12, 24, 24],
    transformer_layers_per_block: 4,
    projection_class_embeddings_input_dim: 2560,
    ...blocks(false, true, true, false),
  },
}
const openClip = (prefix: string, width: number) => [
  shaped(`${prefix}token_embedding.weight`, [49408, width]),
  shaped(`${prefix}positional_embedding`, [77, width]),
  shaped(`${prefix}text_projection`, [width, width]),
  shaped(`${prefix}transformer.resblocks.31.mlp.c_fc.weight`, [4 * width, width]),
]
const clip = (prefix: string) => [shaped(`${prefix}text_model.embeddings.token_embedding.weight`, [49408, 768])]

/** The file of the original code. */
function singleFileOf(structure: keyof typeof published, family: string, inChannels: number, text: readonly Weight[]) {
  const config = parseUNet2DConditionConfig({ ...published[structure], in_channels: inChannels })
  const originalOf = new Map((pairs[family] ?? []).map(([theirs, ours]) => [ours, theirs]))
  // Stable Diffusion 1 stores the projections around its transformers as 1×1 convolutions.
  const stored = (name: string, shape: readonly number[]) =>
    !config.linearProjection && /\.proj_(in|out)\.weight$/.test(name) ? [...shape, 1, 1] : shape
  const unet = denoiserGraph(unetNetwork(config)).parameters.map(({ name, shape }) =>
    shaped(`model.diffusion_model.${originalOf.get(name) ?? `unknown.${name}`}`, stored(name, shape.map(Number))),
  )
  return { config, source: createWeightSource([...unet, ...text], { title: 'one.safetensors' }) }
}

describe('a single file of the published structure is opened without reading a weight, as its folder would tell it', () => {
  test.each([
    ['Stable Diffusion 1', 'sd1', 4, 'sd1'],
    ['Stable Diffusion 1', 'sd1', 9, 'sd1'],
    ['SDXL', 'sdxl', 4, 'sdxl'],
    ['SDXL', 'sdxl', 9, 'sdxl'],
    ["SDXL's refiner", 'sdxl-refiner', 4, 'sdxl-refiner'],
  ] as const)('%s (%s, %i channels)', (structure, names, inChannels, family) => {
    const { config, source } = singleFileOf(structure, names, inChannels, [])
    const opened = openSingleFile(source)
    expect(opened.family).toBe(family)
    if (opened.denoiser.architecture !== 'unet-2d-condition') throw new Error('It is a UNet')
    const { transformerLayers, ...rest } = opened.denoiser.config
    const { transformerLayers: told, ...expected } = config
    expect(rest).toEqual(expected)
    const attending = (layers: readonly number[]) => layers.filter((_, block) => config.downAttention[block])
    expect(attending(transformerLayers)).toEqual(attending(told))
  })

  test('the refiner has one text encoder, whose pooled text counts; SDXL has two, and the pooled text of the second counts', () => {
    const encodersOf = (structure: keyof typeof published, family: string, text: readonly Weight[]) =>
      openSingleFile(singleFileOf(structure, family, 4, text).source).textEncoders.map((encoder) =>
        encoder.kind === 'clip'
          ? [
              encoder.config.hiddenSize,
              encoder.config.activation,
              encoder.layerFromEnd,
              encoder.finalNorm,
              encoder.pooled,
            ]
          : [],
      )
    const bigG = [1280, 'gelu', 2, false, true]
    expect(encodersOf("SDXL's refiner", 'sdxl-refiner', openClip('conditioner.embedders.0.model.', 1280))).toEqual([
      bigG,
    ])
    const two = [...clip('conditioner.embedders.0.transformer.'), ...openClip('conditioner.embedders.1.model.', 1280)]
    expect(encodersOf('SDXL', 'sdxl', two)).toEqual([[768, 'quick_gelu', 2, false, false], bigG])
  })
})
