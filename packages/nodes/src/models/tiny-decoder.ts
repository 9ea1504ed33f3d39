import { Graph, Scope, featureMap, float32, ops, renameWeights, toChannelsFirst } from '@patchbay/onnx'
import type { WeightSource } from '@patchbay/onnx'
import { decodeTiny } from '../architectures/autoencoder-tiny.ts'
import type { AutoencoderTinyConfig } from '../architectures/autoencoder-tiny.ts'
import { tensorOf } from '../tensor/tensor.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { CheckpointError } from './checkpoint.ts'
import { contentKeyOf, openComponent } from './component.ts'
import type { Sessions } from './sessions.ts'
import { looksLike } from './single-file.ts'

/** The decoder of a tiny autoencoder (TAESD), as found on a disk. Nothing is loaded until it is run. */
export interface TinyDecoder {
  readonly key: string
  readonly config: AutoencoderTinyConfig
  readonly weights: WeightSource
}

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
  // TAESD counts the bend of the latents as its first layer, diffusers does not.
  const counted = (name: string): string => name.replace(/^\d+/, (index) => String(Number(index) - 1))
  const weights = isNumbered ? renameWeights(source, (name) => `decoder.layers.${counted(name)}`) : source
  const latentChannels = weights.get('decoder.layers.0.weight')?.shape[1]
  if (latentChannels === undefined) {
    throw new CheckpointError(
      `${title} is no decoder of a tiny autoencoder (TAESD): it looks like ${looksLike(source)}`,
    )
  }
  return { key: `${contentKeyOf(path)}|tiny`, config: { ...structure, latentChannels }, weights }
}

/** Latents [batch, channels, h, w], as the denoiser has them, to images [batch, 3, h · 8, w · 8] in 0 to 1, quickly and roughly. */
export async function decodeTinyToImage(sessions: Sessions, decoder: TinyDecoder, latents: Tensor): Promise<Tensor> {
  const { key, config, weights } = decoder
  const build = () => {
    const graph = new Graph()
    const z = featureMap(graph.input('latents', 'float32', ['batch', config.latentChannels, 'rows', 'columns']))
    const image = toChannelsFirst(decodeTiny(new Scope(graph), config, z))
    graph.output('image', ops.clip(ops.add(ops.mul(image, 0.5), 0.5), 0, 1))
    return { graph, weights }
  }
  return sessions.with({ key, build }, async (session) => {
    const { image } = await session.run({ latents: float32(latents.shape, latents.data) })
    if (image?.dtype !== 'float32') throw new TypeError('A decoder gives float32')
    return tensorOf(image.values, image.shape)
  })
}
