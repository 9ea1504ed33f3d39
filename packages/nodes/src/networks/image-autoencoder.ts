import {
  featureMap,
  float32,
  Graph,
  mapValues,
  ops,
  requireFloat32,
  Scope,
  toChannelsFirst,
  type Tensor,
} from '@patchbay/onnx'
import { denoisedChannelsOf, type AutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import { scaledLatents, unscaledLatents } from '../architectures/autoencoder-kl/scaled-latents.ts'
import { encodeTiny } from '../architectures/autoencoder-tiny/autoencoder-tiny.ts'
import { decodeLatents, encodeImage } from '../architectures/autoencoder-kl/autoencoder-kl.ts'
import { tinyDecoderGraph } from './tiny-decoder.ts'
import { precisionOf, workAt } from '../architectures/kinds/precision.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import type { AutoencoderPart } from '../architectures/autoencoder-part.ts'
import { exportedModel, runExported } from './exported-graph.ts'
import { pictureBands, type Sessions } from './sessions.ts'

/** An autoencoder as chosen in a graph: nothing is loaded until it is run. */
export interface AutoencoderModel {
  readonly key: string
  readonly part: AutoencoderPart
}

/** Names the work of a decoder, to find out how fast a device does it. */
export function decodingWork({ config, precision = 'exact' }: AutoencoderPart): string {
  return workAt(`VAE decoder ${config.blockOutChannels.join('-')} × ${config.layersPerBlock}`, precision)
}

/**
 * Latents [batch, channels, h, w], as the denoiser has them, to images [batch, 3, h · scale, w · scale] in 0
 * to 1.
 */
export async function decodeToImage(
  sessions: Sessions,
  { key, part }: AutoencoderModel,
  latents: Tensor,
): Promise<Tensor> {
  if (part.exported) return decodeExported(sessions, key, part, latents)
  const request = {
    key: `${key}|decoder`,
    build: () => ({
      graph: part.tiny ? tinyDecoderGraph(part.tiny) : decoderGraph(part.config),
      weights: part.weights,
      bands: pictureBands,
      ...precisionOf(part),
    }),
  }
  return sessions.with(request, async (session) => {
    const begun = performance.now()
    const image = requireFloat32((await session.run({ latents }))['image'], 'The decoder')
    const pixels = image.data.length / part.config.outChannels
    sessions.calibration?.record(decodingWork(part), pixels, (performance.now() - begun) / 1000)
    return image
  })
}

/** Images [batch, 3, height, width] in 0 to 1 to the mean of their latents, scaled as the denoiser has them. */
export async function encodeToLatents(
  sessions: Sessions,
  { key, part }: AutoencoderModel,
  image: Tensor,
): Promise<Tensor> {
  if (part.exported) return encodeExported(sessions, key, part, image)
  const request = {
    key: `${key}|encoder`,
    build: () => ({
      graph: part.tiny ? tinyEncoderGraph(part) : encoderGraph(part.config),
      weights: part.weights,
      bands: pictureBands,
      ...precisionOf(part),
    }),
  }
  return sessions.with(request, async (session) => {
    const { latents } = await session.run({ image })
    return requireFloat32(latents, 'The encoder')
  })
}

function decoderGraph(config: AutoencoderKLConfig): Graph {
  const graph = new Graph()
  const scope = new Scope(graph)
  const channels = denoisedChannelsOf(config)
  const latents = featureMap(graph.input('latents', 'float32', ['batch', channels, 'rows', 'columns']))
  const image = toChannelsFirst(decodeLatents(scope, config, unscaledLatents(scope, config, latents)))
  graph.output('image', ops.clip(ops.add(ops.mul(image, 0.5), 0.5), 0, 1))
  return graph
}

function tinyEncoderGraph({ tiny, config, weights }: AutoencoderPart): Graph {
  if (!tiny || !weights.names.some((name) => name.startsWith('encoder.'))) {
    throw new CheckpointError(
      `${weights.title} holds no encoder: put the encoder's file (taesd_encoder, taesdxl_encoder) beside it, or use another VAE to encode`,
    )
  }
  const graph = new Graph()
  const image = featureMap(graph.input('image', 'float32', ['batch', config.inChannels, 'height', 'width']))
  const scaled = mapValues(image, (x) => ops.sub(ops.mul(x, 2), 1))
  graph.output('latents', toChannelsFirst(encodeTiny(new Scope(graph), tiny, scaled)))
  return graph
}

function encoderGraph(config: AutoencoderKLConfig): Graph {
  const graph = new Graph()
  const scope = new Scope(graph)
  const image = featureMap(graph.input('image', 'float32', ['batch', config.inChannels, 'height', 'width']))
  const { mean } = encodeImage(
    scope,
    config,
    mapValues(image, (x) => ops.sub(ops.mul(x, 2), 1)),
  )
  graph.output('latents', scaledLatents(scope, config, mean))
  return graph
}

/** `decodeToImage` by a graph that was exported: it takes latents without their factor, and gives -1 to 1. */
async function decodeExported(sessions: Sessions, key: string, part: AutoencoderModel['part'], latents: Tensor) {
  const { scalingFactor, shiftFactor } = part.config
  const file = fileOf(part, 'decoder')
  return sessions.with({ key: `${key}|decoder`, build: () => exportedModel(file) }, async (session) => {
    const unscaled = latents.data.map((z) => z / scalingFactor + shiftFactor)
    const results = await runExported(session, file, { latent_sample: float32(latents.shape, unscaled) })
    const { data, shape } = results('sample')
    return float32(
      shape,
      data.map((value) => Math.min(1, Math.max(0, value / 2 + 0.5))),
    )
  })
}

/**
 * `encodeToLatents` by a graph that was exported: it gives means with logarithms of variances beside them, or latents
 * alone.
 */
async function encodeExported(sessions: Sessions, key: string, part: AutoencoderModel['part'], image: Tensor) {
  const { scalingFactor, shiftFactor, latentChannels } = part.config
  const file = fileOf(part, 'encoder')
  return sessions.with({ key: `${key}|encoder`, build: () => exportedModel(file) }, async (session) => {
    const pixels = image.data.map((value) => value * 2 - 1)
    const results = await runExported(session, file, { sample: float32(image.shape, pixels) })
    const { data, shape } = results('latent_parameters', 'latent_sample')
    const [batch = 1, channels = latentChannels, height = 1, width = 1] = shape
    const [own, whole] = [latentChannels * height * width, channels * height * width]
    const mean = new Float32Array(batch * own)
    for (let k = 0; k < batch; k++) mean.set(data.subarray(k * whole, k * whole + own), k * own)
    return float32(
      [batch, latentChannels, height, width],
      mean.map((z) => (z - shiftFactor) * scalingFactor),
    )
  })
}

function fileOf({ exported, weights }: AutoencoderModel['part'], role: 'encoder' | 'decoder'): string {
  const file = exported?.[role]
  if (file !== undefined) return file
  throw new CheckpointError(`The ONNX pipeline ${weights.title} has no vae_${role}: export it too, or use LoadVAE`)
}
