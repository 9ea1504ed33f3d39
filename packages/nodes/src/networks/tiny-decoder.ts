import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import {
  featureMap,
  Graph,
  mergeWeights,
  ops,
  renameWeights,
  requireFloat32,
  Scope,
  toChannelsFirst,
  type Tensor,
  type WeightSource,
} from '@patchbay/onnx'
import { parseAutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import {
  decodeTiny,
  parseAutoencoderTinyConfig,
  type AutoencoderTinyConfig,
} from '../architectures/autoencoder-tiny/autoencoder-tiny.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import type { AutoencoderPart } from '../architectures/autoencoder-part.ts'
import { contentKeyOf, openComponent, type Component } from '../weights/component.ts'
import { openWeightFile } from '../weights/weight-file.ts'
import type { Sessions } from './sessions.ts'
import { looksLike } from '../weights/looks-like.ts'

/** The decoder of a tiny autoencoder (TAESD), as found on a disk. Nothing is loaded until it is run. */
export interface TinyDecoder {
  readonly key: string
  readonly config: AutoencoderTinyConfig
  readonly weights: WeightSource
}

/**
 * Opens a tiny autoencoder to use as a VAE: TAESD's files, of which one lies beside the other (`taesd_encoder`,
 * `taesd_decoder`), or the folder or file of diffusers, which holds both; undefined where the file is none. With the
 * decoder alone it cannot encode.
 */
export function openTinyAutoencoder({
  title,
  weights: source,
  path,
  config: json,
}: TinyFile): AutoencoderPart | undefined {
  const whole = source.get('decoder.layers.0.weight') ? source : pairOf(path, source)
  const latentChannels = whole?.get('decoder.layers.0.weight')?.shape[1]
  if (!whole || latentChannels === undefined) return undefined
  const known = json === undefined ? { ...structure, latentChannels } : parseAutoencoderTinyConfig(json, title)
  const normalizesSmallest = whole.names.some((name) => /^decoder\.layers\.\d+\.pool\./.test(name))
  const tiny = { ...known, normalizesSmallest }
  const { encoderChannels: blockOutChannels } = tiny
  const config = parseAutoencoderKLConfig({
    block_out_channels: blockOutChannels,
    latent_channels: latentChannels,
    // What it decodes are the latents of the denoiser.
    scaling_factor: 1,
  })
  return { config, weights: whole, tiny }
}

interface TinyFile extends Pick<Component, 'title' | 'weights' | 'config'> {
  readonly path: string
}

/** Both halves of TAESD under diffusers' names, from the file of either. */
function pairOf(path: string, source: WeightSource): WeightSource | undefined {
  const isDecoder = source.get('1.weight') !== undefined && source.get('3.conv.0.weight') !== undefined
  const isEncoder = source.get('0.weight') !== undefined && source.get('1.conv.0.weight') !== undefined
  if (!isDecoder && !isEncoder) return undefined
  const [own, other] = isDecoder ? ['decoder', 'encoder'] : ['encoder', 'decoder']
  const file = join(dirname(path), basename(path).replace(own ?? '', other ?? ''))
  const beside = file !== path && existsSync(file) ? openWeightFile(file) : undefined
  const [decoder, encoder] = isDecoder ? [source, beside] : [beside, source]
  if (!decoder) {
    throw new CheckpointError(
      `${basename(path)} is the encoder of a tiny autoencoder (TAESD): put its decoder beside it, as ${basename(file)}`,
    )
  }
  const named = [
    renameWeights(decoder, (name) => `decoder.layers.${counted(name)}`),
    ...(encoder ? [renameWeights(encoder, (name) => `encoder.layers.${name}`)] : []),
  ]
  return mergeWeights(named, basename(path))
}

/** TAESD counts the bend of the latents as its first layer, diffusers does not. */
const counted = (name: string): string => name.replace(/^\d+/, (index) => String(Number(index) - 1))

/** TAESD's: three blocks at each size but the last, 64 channels throughout. */
const structure: Omit<AutoencoderTinyConfig, 'latentChannels'> = {
  encoderBlocks: [1, 3, 3, 3],
  encoderChannels: [64, 64, 64, 64],
  decoderBlocks: [3, 3, 3, 1],
  decoderChannels: [64, 64, 64, 64],
  latentMagnitude: 3,
  scalingFactor: 1,
  normalizesSmallest: false,
}

/**
 * Opens the decoder of a tiny autoencoder: TAESD's own files, whose layers are only numbered, or diffusers'.
 * @throws CheckpointError that says what the file looks like, where it is none
 */
export function openTinyDecoder(path: string): TinyDecoder {
  const { title, weights: source } = openComponent(path)
  const isNumbered = source.get('1.weight') !== undefined
  const weights = isNumbered ? renameWeights(source, (name) => `decoder.layers.${counted(name)}`) : source
  const latentChannels = weights.get('decoder.layers.0.weight')?.shape[1]
  if (latentChannels === undefined) {
    throw new CheckpointError(
      `${title} is no decoder of a tiny autoencoder (TAESD): it looks like ${looksLike(source)}`,
    )
  }
  return { key: `${contentKeyOf(path)}|tiny`, config: { ...structure, latentChannels }, weights }
}

/** Takes latents as the denoiser has them, and gives an image in 0 to 1. */
export function tinyDecoderGraph(config: AutoencoderTinyConfig): Graph {
  const graph = new Graph()
  const z = featureMap(graph.input('latents', 'float32', ['batch', config.latentChannels, 'rows', 'columns']))
  const image = toChannelsFirst(decodeTiny(new Scope(graph), config, z))
  graph.output('image', ops.clip(ops.add(ops.mul(image, 0.5), 0.5), 0, 1))
  return graph
}

/**
 * Latents [batch, channels, h, w], as the denoiser has them, to images [batch, 3, h · 8, w · 8] in 0 to 1, quickly
 * and roughly.
 */
export async function decodeTinyToImage(sessions: Sessions, decoder: TinyDecoder, latents: Tensor): Promise<Tensor> {
  const { key, config, weights } = decoder
  const build = () => ({ graph: tinyDecoderGraph(config), weights })
  return sessions.with({ key, build }, async (session) => {
    const { image } = await session.run({ latents })
    return requireFloat32(image, 'The tiny decoder')
  })
}
