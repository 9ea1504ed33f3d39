import { Graph, Scope, featureMap, float32, mapValues, ops, toChannelsFirst } from '@patchbay/onnx'
import type { AutoencoderKLConfig } from '../architectures/autoencoder-kl-config.ts'
import { decodeLatents, encodeImage } from '../architectures/autoencoder-kl.ts'
import { tensorOf } from '../tensor/tensor.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { ModelPart } from './checkpoint.ts'
import type { Sessions } from './sessions.ts'

/** An autoencoder as chosen in a graph: nothing is loaded until it is run. */
export interface AutoencoderModel {
  readonly key: string
  readonly part: ModelPart<AutoencoderKLConfig>
}

/** Latents [batch, channels, h, w], as the denoiser has them, to images [batch, 3, h · scale, w · scale] in 0 to 1. */
export async function decodeToImage(
  sessions: Sessions,
  { key, part }: AutoencoderModel,
  latents: Tensor,
): Promise<Tensor> {
  const request = {
    key: `${key}|decoder`,
    build: () => ({ graph: decoderGraph(part.config), weights: part.weights }),
  }
  return sessions.with(request, async (session) => {
    const { image } = await session.run({ latents: float32(latents.shape, latents.data) })
    if (image?.dtype !== 'float32') throw new TypeError('A decoder gives float32')
    return tensorOf(image.values, image.shape)
  })
}

/** Images [batch, 3, height, width] in 0 to 1 to the mean of their latents, scaled as the denoiser has them. */
export async function encodeToLatents(
  sessions: Sessions,
  { key, part }: AutoencoderModel,
  image: Tensor,
): Promise<Tensor> {
  const request = {
    key: `${key}|encoder`,
    build: () => ({ graph: encoderGraph(part.config), weights: part.weights }),
  }
  return sessions.with(request, async (session) => {
    const { latents } = await session.run({ image: float32(image.shape, image.data) })
    if (latents?.dtype !== 'float32') throw new TypeError('An encoder gives float32')
    return tensorOf(latents.values, latents.shape)
  })
}

function decoderGraph(config: AutoencoderKLConfig): Graph {
  const graph = new Graph()
  const latents = featureMap(graph.input('latents', 'float32', ['batch', config.latentChannels, 'rows', 'columns']))
  const unscaled = mapValues(latents, (z) => ops.add(ops.div(z, config.scalingFactor), config.shiftFactor))
  const image = toChannelsFirst(decodeLatents(new Scope(graph), config, unscaled))
  graph.output('image', ops.clip(ops.add(ops.mul(image, 0.5), 0.5), 0, 1))
  return graph
}

function encoderGraph(config: AutoencoderKLConfig): Graph {
  const graph = new Graph()
  const image = featureMap(graph.input('image', 'float32', ['batch', config.inChannels, 'height', 'width']))
  const { mean } = encodeImage(
    new Scope(graph),
    config,
    mapValues(image, (x) => ops.sub(ops.mul(x, 2), 1)),
  )
  graph.output('latents', ops.mul(ops.sub(mean, config.shiftFactor), config.scalingFactor))
  return graph
}
