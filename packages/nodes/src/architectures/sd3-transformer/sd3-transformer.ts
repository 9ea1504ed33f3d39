import {
  conv2d,
  featureMap,
  jointBlock,
  linear,
  modulate,
  modulation,
  ops,
  patchCount,
  plainLayerNorm,
  timestepEmbedding,
  timestepMlp,
  toChannelsFirst,
  toSequence,
  unpatchify,
  type FeatureMap,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import type { DenoiserInputs } from '../kinds/denoiser.ts'
import type { SD3TransformerConfig } from './config.ts'

/** Values that stand for a timestep before its embedding. */
const timeWaves = 256

/**
 * diffusers' SD3Transformer2DModel: the MMDiT of Stable Diffusion 3 and 3.5 (Esser et al. 2024, section 4). Gives the
 * velocity, [batch, outChannels, height, width].
 */
export function sd3Transformer(scope: Scope, config: SD3TransformerConfig, inputs: DenoiserInputs): FeatureMap {
  const { heads, headWidth, layers, patchSize, dualLayers, qkNorm } = config
  const width = heads * headWidth
  const condition = embedConditions(scope.at('time_text_embed'), inputs, width)
  const cells = conv2d(scope.at('pos_embed', 'proj'), featureMap(toChannelsFirst(inputs.sample)), {
    out: width,
    kernel: patchSize,
    stride: patchSize,
    padding: 0,
  })
  let image = ops.add(toSequence(cells), middlePlaces(scope.at('pos_embed'), config, cells))
  let text = linear(scope.at('context_embedder'), inputs.text, { out: width })
  for (let layer = 0; layer < layers; layer++) {
    const block = { heads, qkNorm, dual: dualLayers.includes(layer), isLast: layer === layers - 1 }
    ;({ image, text } = jointBlock(scope.at('transformer_blocks', layer), { image, text }, condition, block))
  }
  const [scale = image, shift = image] = modulation(scope.at('norm_out', 'linear'), condition, { width, count: 2 })
  const out = linear(scope.at('proj_out'), modulate(plainLayerNorm(image), shift, scale), {
    out: patchSize ** 2 * config.outChannels,
  })
  const places = { batch: cells.batch, rows: cells.height, columns: cells.width }
  return unpatchify(out, places, { side: patchSize, order: 'DCR' })
}

/** The embedding of timestep and pooled text that sets every block: [batch, width]. */
function embedConditions(scope: Scope, { timestep, pooled }: DenoiserInputs, width: number): Value {
  const waves = timestepEmbedding(timestep, { width: timeWaves, cosFirst: true })
  const time = timestepMlp(scope.at('timestep_embedder'), waves, { width })
  return pooled ? ops.add(time, timestepMlp(scope.at('text_embedder'), pooled, { width })) : time
}

/** The middle of the table of places, as many rows and columns as there are tokens: [1, tokens, width]. */
function middlePlaces(
  scope: Scope,
  { placesSide: side, heads, headWidth }: SD3TransformerConfig,
  cells: FeatureMap,
): Value {
  const { graph } = scope
  const width = heads * headWidth
  const table = ops.reshape(scope.parameter('pos_embed', [1, side * side, width]), [side, side, width])
  const middle = (count: FeatureMap['height']): Value => {
    const start = ops.div(ops.sub(graph.scalar('int64', side), graph.dimValue(count)), graph.scalar('int64', 2))
    return ops.add(ops.range(graph, count), start)
  }
  const rows = ops.gather(table, middle(cells.height), 0)
  const both = ops.gather(rows, middle(cells.width), 1)
  return ops.reshape(both, [1, patchCount({ tokens: toSequence(cells) }), width])
}
