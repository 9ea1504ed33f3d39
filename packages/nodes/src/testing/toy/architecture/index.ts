import {
  conv2d,
  featureMap,
  float32,
  linear,
  mapValues,
  ops,
  silu,
  weightsUnder,
  type FeatureMap,
  type Scope,
  type Value,
  type WeightSource,
} from '@patchbay/onnx'
import { expandBatch } from '../../../architectures/kinds/expand-batch.ts'
import { denoiserArchitecture, freeSizes, type DenoiserNetwork } from '../../../architectures/kinds/denoiser.ts'
import { configFields } from '../../../weights/config-fields.ts'
import { sizeAt } from '../../../weights/shapes.ts'

/** What shapes the toy: two convolutions with the mean of the text's tokens between them. */
export interface ToyConfig {
  readonly channels: number
  readonly hidden: number
  readonly textWidth: number
}

/** The smallest denoiser that takes part in everything: all that is known of it is in this folder. */
export const toyArchitecture = denoiserArchitecture({
  name: 'toy',
  title: 'a toy',
  className: 'ToyModel',
  folder: 'toy',
  weightsIn(source) {
    const prefix = ['model.diffusion_model.', ''].find((each) => source.get(`${each}toy_in.weight`))
    return prefix === undefined ? undefined : weightsUnder(source, prefix)
  },
  detect(weights: WeightSource): ToyConfig | undefined {
    const [hidden, channels] = [sizeAt(weights, 'toy_in.weight', 0), sizeAt(weights, 'toy_in.weight', 1)]
    const textWidth = sizeAt(weights, 'to_text.weight', 1)
    return hidden && channels && textWidth ? { channels, hidden, textWidth } : undefined
  },
  parse(json, title): ToyConfig {
    const fields = configFields(title, json)
    return { channels: fields.number('channels'), hidden: fields.number('hidden'), textWidth: fields.number('width') }
  },
  network: toyNetwork,
})

export function toyNetwork(config: ToyConfig): DenoiserNetwork {
  const { channels, hidden, textWidth } = config
  return {
    latentChannels: channels,
    inputChannels: channels,
    textWidth,
    takesAestheticScore: false,
    cell: 1,
    work: `toy ${hidden}`,
    cost: {
      flopsOnce: 2 * hidden * textWidth,
      flopsPerCell: 2 * 2 * 9 * channels * hidden,
      flopsPerPair: 0,
      bytesPerCell: 8 * hidden,
    },
    pipeline: 'ToyPipeline',
    json: { channels, hidden, width: textWidth },
    inputs: (graph, { batch, height, width, tokens } = freeSizes) => ({
      sample: featureMap(graph.input('sample', 'float32', [batch, channels, height, width])),
      timestep: graph.input('timestep', 'float32', [batch]),
      text: graph.input('text', 'float32', [batch, tokens, textWidth]),
    }),
    predict: (scope, { sample, timestep, text }) => predicted(scope, config, sample, [timestep, text]),
    feeds(sample, timestep, { embeddings }) {
      const batch = sample.shape[0] ?? 1
      const timesteps = new Float32Array(batch).fill(timestep)
      return { sample, timestep: float32([batch], timesteps), text: expandBatch(embeddings, batch) }
    },
    sizeConditioning: () => undefined,
    exported: { inputs: {}, outputs: [] },
    loraAliases: () => [],
    numberedLayers: () => [],
    layerKind: (layer) => (layer === 'to_text' ? 'attention' : undefined),
    sectionOf: (weight) => (weight.startsWith('toy_out') ? 'output' : 'input'),
  }
}

type Conditions = readonly [timestep: Value, text: Value]

function predicted(scope: Scope, config: ToyConfig, sample: FeatureMap, [timestep, text]: Conditions): FeatureMap {
  const { channels, hidden } = config
  const mean = ops.reduceMean(text, { axes: [1], keepDims: false })
  const shift = ops.reshape(linear(scope.at('to_text'), mean, { out: hidden }), [-1, hidden, 1, 1])
  const time = ops.div(ops.reshape(timestep, [-1, 1, 1, 1]), 1000)
  const first = conv2d(scope.at('toy_in'), sample, { out: hidden })
  const middle = mapValues(first, (x) => silu(ops.add(ops.add(x, shift), time)))
  return conv2d(scope.at('toy_out'), middle, { out: channels })
}
