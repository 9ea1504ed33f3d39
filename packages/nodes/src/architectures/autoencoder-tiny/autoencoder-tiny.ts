import { numberAt } from '@patchbay/onnx/tensor'
import {
  addMaps,
  conv2d,
  groupNorm,
  mapValues,
  mergeWeights,
  ops,
  renameWeights,
  type FeatureMap,
  type Scope,
  type Value,
  type WeightSource,
} from '@patchbay/onnx'
import { configFields } from '../../weights/config-fields.ts'

/** What shapes an AutoencoderTiny (TAESD): a distilled autoencoder of plain convolutions, for quick previews. */
export interface AutoencoderTinyConfig {
  readonly latentChannels: number
  readonly encoderBlocks: readonly number[]
  readonly encoderChannels: readonly number[]
  readonly decoderBlocks: readonly number[]
  readonly decoderChannels: readonly number[]
  /** Latents outside about this many units are bent back by a tanh. */
  readonly latentMagnitude: number
  readonly scalingFactor: number
  /** Whether the blocks at the smallest size normalise over groups first, as in the autoencoder of FLUX.2 (TAEF2). */
  readonly normalizesSmallest: boolean
}

/** The tiny autoencoder of FLUX.2: 32 latent channels at an eighth of the size. */
export const taef2Config: AutoencoderTinyConfig = {
  latentChannels: 32,
  encoderBlocks: [1, 3, 3, 3],
  encoderChannels: [64, 64, 64, 64],
  decoderBlocks: [3, 3, 3, 1],
  decoderChannels: [64, 64, 64, 64],
  latentMagnitude: 3,
  scalingFactor: 1,
  normalizesSmallest: true,
}

/**
 * The weights of TAEF2's two files, each a plain sequence of layers, under the names of `encodeTiny` and `decodeTiny`.
 * The first layer of its decoder is the bend of the latents, which diffusers does not count.
 */
export function taef2Weights(encoder: WeightSource, decoder: WeightSource): WeightSource {
  const counted = (name: string): string => name.replace(/^\d+/, (index) => String(Number(index) - 1))
  return mergeWeights([
    renameWeights(encoder, (name) => `encoder.layers.${name}`),
    renameWeights(decoder, (name) => `decoder.layers.${counted(name)}`),
  ])
}

/**
 * Reads diffusers' `config.json` of an AutoencoderTiny.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseAutoencoderTinyConfig(json: unknown, title = 'vae/config.json'): AutoencoderTinyConfig {
  const fields = configFields(title, json)
  const listOr = (name: string, fallback: readonly number[]): readonly number[] =>
    fields.has(name) ? fields.list(name) : fallback
  return {
    latentChannels: fields.number('latent_channels', 4),
    encoderBlocks: listOr('num_encoder_blocks', [1, 3, 3, 3]),
    encoderChannels: listOr('encoder_block_out_channels', [64, 64, 64, 64]),
    decoderBlocks: listOr('num_decoder_blocks', [3, 3, 3, 1]),
    decoderChannels: listOr('decoder_block_out_channels', [64, 64, 64, 64]),
    latentMagnitude: fields.number('latent_magnitude', 3),
    scalingFactor: fields.number('scaling_factor', 1),
    normalizesSmallest: false,
  }
}

/** An image in [-1, 1], [batch, 3, height, width], to latents. */
export function encodeTiny(scope: Scope, config: AutoencoderTinyConfig, image: FeatureMap): FeatureMap {
  const layers = layersOf(scope.at('encoder', 'layers'))
  let x = mapValues(image, (value) => ops.div(ops.add(value, 1), 2))
  for (const [level, blocks] of config.encoderBlocks.entries()) {
    const out = numberAt(config.encoderChannels, level)
    x = conv2d(layers.next(), x, level === 0 ? { out } : { out, stride: 2, bias: false })
    const normalizes = config.normalizesSmallest && level === config.encoderBlocks.length - 1
    for (let block = 0; block < blocks; block++) x = tinyBlock(layers.next(), x, normalizes)
  }
  return conv2d(layers.next(), x, { out: config.latentChannels })
}

/** Latents to an image that is about [-1, 1]. */
export function decodeTiny(scope: Scope, config: AutoencoderTinyConfig, latents: FeatureMap): FeatureMap {
  const layers = layersOf(scope.at('decoder', 'layers'))
  const bend = (z: Value): Value => ops.mul(ops.tanh(ops.div(z, config.latentMagnitude)), config.latentMagnitude)
  let x = conv2d(layers.next(), mapValues(latents, bend), { out: numberAt(config.decoderChannels, 0) })
  x = mapValues(x, ops.relu)
  layers.next()
  for (const [level, blocks] of config.decoderBlocks.entries()) {
    const normalizes = config.normalizesSmallest && level === 0
    for (let block = 0; block < blocks; block++) x = tinyBlock(layers.next(), x, normalizes)
    const isLast = level === config.decoderBlocks.length - 1
    if (isLast) return mapValues(conv2d(layers.next(), x, { out: 3 }), (value) => ops.sub(ops.mul(value, 2), 1))
    layers.next()
    x = upsampled(layers.next(), x, config.decoderChannels[level + 1] ?? x.channels)
  }
  return x
}

/** Three convolutions and the input added, then a rectifier. */
function tinyBlock(scope: Scope, input: FeatureMap, normalizes: boolean): FeatureMap {
  const x = normalizes ? addMaps(input, pooled(scope.at('pool'), input)) : input
  const active = (map: FeatureMap): FeatureMap => mapValues(map, ops.relu)
  const out = x.channels
  let h = active(conv2d(scope.at('conv', 0), x, { out }))
  h = active(conv2d(scope.at('conv', 2), h, { out }))
  h = conv2d(scope.at('conv', 4), h, { out })
  return active(addMaps(h, x))
}

/** Wide normalised features of each pixel, mixed back. */
function pooled(scope: Scope, x: FeatureMap): FeatureMap {
  const point = { kernel: 1, padding: 0, bias: false }
  const wide = conv2d(scope.at(0), x, { out: 4 * x.channels, ...point })
  const active = mapValues(groupNorm(scope.at(1), wide, { groups: 4 }), ops.relu)
  return conv2d(scope.at(3), active, { out: x.channels, ...point })
}

/** Doubles the size, then a convolution without bias, whose parameters are those of the layer itself. */
function upsampled(scope: Scope, x: FeatureMap, out: number): FeatureMap {
  const large = mapValues(x, (value) => ops.resize(value, 2))
  const [height, width] = [large.value.shape[2] ?? x.height, large.value.shape[3] ?? x.width]
  return conv2d(scope, { ...large, height, width }, { out, bias: false })
}

/** The places of a sequence of layers, each next one by its number. */
function layersOf(scope: Scope): { next(): Scope } {
  let index = 0
  return { next: () => scope.at(index++) }
}
