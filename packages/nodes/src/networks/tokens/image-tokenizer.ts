import {
  featureMap,
  Graph,
  int64,
  mapValues,
  ops,
  requireFloat32,
  Scope,
  toChannelsFirst,
  type Tensor,
  type WeightSource,
} from '@patchbay/onnx'
import { latentScaleOf } from '../../architectures/autoencoder-kl/config.ts'
import type { VqModelConfig } from '../../architectures/vq-model/config.ts'
import { decodeVectors, encodeToVectors, nearestCodes, vectorsOfCodes } from '../../architectures/vq-model/vq-model.ts'
import { expectCodebook, pictureTokens, type PictureTokens } from '../../decoding/picture-tokens.ts'
import type { Sessions } from '../sessions.ts'

/** A network that turns pictures into codes and back, as chosen in a graph: nothing is loaded until it is run. */
export interface ImageTokenizer {
  readonly key: string
  readonly title: string
  readonly config: VqModelConfig
  readonly weights: WeightSource
}

/** Pixels along each side that one code stands for. */
export const pixelsOfCode = ({ config }: ImageTokenizer): number => latentScaleOf(config.autoencoder)

/**
 * Images [batch, 3, height, width] in 0 to 1 as codes.
 * @throws RangeError where a side is no multiple of what one code stands for
 */
export async function tokenizePictures(
  sessions: Sessions,
  tokenizer: ImageTokenizer,
  image: Tensor,
): Promise<PictureTokens> {
  const [batch = 0, , height = 0, width = 0] = image.shape
  const pixels = pixelsOfCode(tokenizer)
  if (height % pixels !== 0 || width % pixels !== 0) {
    const [down, across] = [height, width].map((side) => Math.max(1, Math.round(side / pixels)) * pixels)
    throw new RangeError(
      `${tokenizer.title} cuts pictures into places of ${pixels} × ${pixels} pixels, which ${width} × ${height} does not divide into: resize it to ${across} × ${down}`,
    )
  }
  const request = {
    key: `${tokenizer.key}|codes`,
    build: () => ({ graph: encoderGraph(tokenizer.config), weights: tokenizer.weights }),
  }
  return sessions.with(request, async (session) => {
    const { codes } = await session.run({ image })
    if (codes?.dtype !== 'int64') throw new TypeError('The image tokenizer gives codes as int64')
    const shape = [batch, height / pixels, width / pixels] as const
    return pictureTokens(Int32Array.from(codes.data, Number), shape, tokenizer.config.codes)
  })
}

/** Codes as images [batch, 3, height, width] in 0 to 1. */
export async function detokenizePictures(
  sessions: Sessions,
  tokenizer: ImageTokenizer,
  tokens: PictureTokens,
): Promise<Tensor> {
  expectCodebook(tokens, tokenizer.config.codes, tokenizer.title)
  const request = {
    key: `${tokenizer.key}|pictures`,
    build: () => ({ graph: decoderGraph(tokenizer.config), weights: tokenizer.weights }),
  }
  return sessions.with(request, async (session) =>
    requireFloat32(
      (await session.run({ codes: int64(tokens.shape, Array.from(tokens.data)) }))['image'],
      'The image tokenizer',
    ),
  )
}

function encoderGraph(config: VqModelConfig): Graph {
  const graph = new Graph()
  const scope = new Scope(graph)
  const image = featureMap(graph.input('image', 'float32', ['batch', config.autoencoder.inChannels, 'height', 'width']))
  const centred = mapValues(image, (x) => ops.sub(ops.mul(x, 2), 1))
  graph.output('codes', nearestCodes(scope, config, encodeToVectors(scope, config, centred)))
  return graph
}

function decoderGraph(config: VqModelConfig): Graph {
  const graph = new Graph()
  const scope = new Scope(graph)
  const codes = graph.input('codes', 'int64', ['batch', 'rows', 'columns'])
  const image = toChannelsFirst(decodeVectors(scope, config, vectorsOfCodes(scope, config, codes)))
  graph.output('image', ops.clip(ops.add(ops.mul(image, 0.5), 0.5), 0, 1))
  return graph
}
