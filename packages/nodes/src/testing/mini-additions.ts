import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Graph, Scope, featureMap, toChannelsFirst } from '@patchbay/onnx'
import { decodeTiny, parseAutoencoderTinyConfig } from '../architectures/autoencoder-tiny/autoencoder-tiny.ts'
import { parseControlNetConfig } from '../architectures/control-net/control-net.ts'
import { parseUNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import { controlNetGraph } from '../networks/control-net.ts'
import { unetNetwork } from '../architectures/unet-2d-condition/index.ts'
import { denoiserGraph } from '../networks/denoising-network.ts'
import { miniUNet, shapesOf, writeWeights } from './mini-checkpoint.ts'

const controlNet = {
  ...Object.fromEntries(Object.entries(miniUNet).filter(([name]) => !/^(up_block_types|out_channels)$/.test(name))),
  _class_name: 'ControlNetModel',
  conditioning_embedding_out_channels: [4, 4, 8, 8],
}

/**
 * Writes a ControlNet for the checkpoint of `writeMiniCheckpoint`, as a diffusers folder; its weights are drawn from
 * a seed.
 */
export function writeMiniControlNet(folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify(controlNet))
  const graph = controlNetGraph(parseControlNetConfig(controlNet))
  writeWeights(join(folder, 'diffusion_pytorch_model.safetensors'), shapesOf(graph), 3)
}

/** Writes a LoRA of rank 2 for the attention of the checkpoint of `writeMiniCheckpoint`, under PEFT's names. */
export function writeMiniLora(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const layers = shapesOf(denoiserGraph(unetNetwork(parseUNet2DConditionConfig(miniUNet))))
  const rank = 2
  const factors = [...layers].flatMap(([name, [out = 0, width = 0]]): [string, number[]][] => {
    if (!/\.attn[12]\.to_[qkv]\.weight$/.test(name)) return []
    const layer = `unet.${name.slice(0, -'.weight'.length)}`
    return [
      [`${layer}.lora_A.weight`, [rank, width]],
      [`${layer}.lora_B.weight`, [out, rank]],
    ]
  })
  writeWeights(path, new Map(factors), 4)
}

/**
 * Writes the decoder of a tiny autoencoder for that checkpoint's latents, its layers numbered as in TAESD's own
 * files.
 */
export function writeMiniTinyDecoder(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const graph = new Graph()
  const latents = featureMap(graph.input('latents', 'float32', ['batch', 4, 'rows', 'columns']))
  graph.output('image', toChannelsFirst(decodeTiny(new Scope(graph), parseAutoencoderTinyConfig({}), latents)))
  const numbered = [...shapesOf(graph)].map(([name, shape]): [string, readonly number[]] => [
    name.replace(/^decoder\.layers\.(\d+)/, (_, index: string) => String(Number(index) + 1)),
    shape,
  ])
  writeWeights(path, new Map(numbered), 5)
}
