import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import {
  featureMap,
  float32,
  Graph,
  mergeWeights,
  renameWeights,
  requireFloat32,
  Scope,
  toChannelsFirst,
  type Tensor,
  type WeightSource,
} from '@patchbay/onnx'
import { numberAt } from '@patchbay/onnx/tensor'
import { adaptiveStyle } from '../architectures/style-networks/adaptive-style.ts'
import {
  codedStyle,
  codeSize,
  parseCodedStyleConfig,
  styleCode,
  type CodedStyleConfig,
} from '../architectures/style-networks/coded-style.ts'
import { fastStyle } from '../architectures/style-networks/fast-style.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { contentKeyOf, openComponent } from '../weights/component.ts'
import { looksLike } from '../weights/looks-like.ts'
import { openWeightFile } from '../weights/weight-file.ts'
import type { SessionRequest, Sessions } from './sessions.ts'

/** A network that redraws pictures in a style: nothing is loaded until it is run. */
export type StyleModel = {
  /** Names the weights. */
  readonly key: string
  readonly name: string
  readonly weights: WeightSource
} & (
  | { readonly kind: 'coded'; readonly config: CodedStyleConfig }
  /** AdaIN: takes the style of any picture, at any size. */
  | { readonly kind: 'adaptive' }
  /** Knows one style, which is in its weights. */
  | { readonly kind: 'fixed' }
)

/**
 * Opens a style network: a folder of Patchbay's own (`config.json` beside its weights), `decoder.pth` of AdaIN with
 * `vgg_normalised.pth` beside it, or a fast neural style file of pytorch/examples.
 * @throws CheckpointError that says what the file looks like, where it is none of these
 */
export function openStyleModel(path: string): StyleModel {
  const { weights, title, config } = openComponent(path)
  const own = { key: `${contentKeyOf(path)}|style`, name: nameOf(path) }
  if (config !== undefined && weights.get('code_mean')) {
    return { ...own, weights, kind: 'coded', config: parseCodedStyleConfig(config, title) }
  }
  if (weights.get('deconv3.conv2d.weight') && weights.get('res5.conv2.conv2d.weight')) {
    return { ...own, weights, kind: 'fixed' }
  }
  if (weights.get('28.weight')?.shape.join() === '3,64,3,3') {
    const beside = join(dirname(path), 'vgg_normalised.pth')
    if (!existsSync(beside)) {
      throw new CheckpointError(
        `${title} is the decoder of AdaIN, whose encoder is missing: put vgg_normalised.pth into the same folder`,
      )
    }
    return { ...own, kind: 'adaptive', weights: adaptiveWeights(weights, openWeightFile(beside)) }
  }
  if (weights.get('29.weight')?.shape[0] === 512) {
    throw new CheckpointError(`${title} is the encoder of AdaIN: choose decoder.pth, and leave this file beside it`)
  }
  throw new CheckpointError(
    `${title} is no style network: it looks like ${looksLike(weights, 'LoadStyleModel')}; expected a folder of TrainStyleModel, decoder.pth of AdaIN, or a fast neural style file of pytorch/examples`,
  )
}

const nameOf = (path: string): string =>
  /^(model|diffusion_pytorch_model)\./.test(basename(path)) ? basename(dirname(path)) : basename(path)

function adaptiveWeights(decoder: WeightSource, encoder: WeightSource): WeightSource {
  return mergeWeights([
    renameWeights(encoder, (name) => `encoder.${name}`),
    renameWeights(decoder, (name) => `decoder.${name}`),
  ])
}

/** The graph of a style network with free sizes. Inputs: `picture`, and by its kind `code`, or `style` and `amount`. */
export function styleGraph(model: StyleModel): Graph {
  const graph = new Graph()
  const scope = new Scope(graph)
  const map = (name: string, prefix: string) =>
    featureMap(graph.input(name, 'float32', ['batch', 3, `${prefix}height`, `${prefix}width`]))
  const picture = map('picture', '')
  const drawn = (() => {
    switch (model.kind) {
      case 'coded':
        return codedStyle(scope, model.config, picture, graph.input('code', 'float32', ['batch', codeSize]))
      case 'adaptive':
        return adaptiveStyle(scope, picture, map('style', 'style_'), graph.input('amount', 'float32', []))
      case 'fixed':
        return fastStyle(scope, picture)
    }
  })()
  graph.output('drawn', toChannelsFirst(drawn))
  return graph
}

/** A session that runs a style network. */
export const styleSession = (model: StyleModel): SessionRequest => ({
  key: model.key,
  build: () => ({ graph: styleGraph(model), weights: model.weights }),
})

/** The mean code [1, codeSize] of pictures [pictures, 3, side, side] in -1 to 1. */
export async function meanStyleCode(
  sessions: Sessions,
  { key, weights }: StyleModel,
  pictures: Tensor,
): Promise<Tensor> {
  const build = () => {
    const graph = new Graph()
    const picture = featureMap(graph.input('picture', 'float32', ['batch', 3, 'height', 'width']))
    graph.output('code', styleCode(new Scope(graph), picture))
    return { graph, weights }
  }
  return sessions.with({ key: `${key}|code`, build }, async (session) => {
    const { data } = requireFloat32((await session.run({ picture: pictures })).code, 'The style network')
    const count = data.length / codeSize
    const mean = Float32Array.from({ length: codeSize }, (_, i) => {
      let sum = 0
      for (let k = 0; k < count; k++) sum += numberAt(data, k * codeSize + i)
      return sum / count
    })
    return float32([1, codeSize], mean)
  })
}
