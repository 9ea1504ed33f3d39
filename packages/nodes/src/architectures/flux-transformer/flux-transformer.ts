import {
  jointBlock,
  linear,
  modulate,
  modulation,
  ops,
  patchCount,
  patchify,
  patchPlaces,
  plainLayerNorm,
  rotaryTable,
  samePlaces,
  singleBlock,
  timestepEmbedding,
  timestepMlp,
  unpatchify,
  type FeatureMap,
  type Patches,
  type RotaryTable,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import type { DenoiserInputs } from '../kinds/denoiser.ts'
import type { FluxTransformerConfig } from './config.ts'

/** Latents on one side that make a token. */
export const fluxPatch = 2
const patch = { side: fluxPatch, order: 'CRD' } as const
const theta = 10_000
const timeWaves = 256

/**
 * diffusers' FluxTransformer2DModel (Black Forest Labs 2024): two-stream blocks, then blocks of one stream. Takes
 * latents as they are, [batch, channels, height, width], and packs them itself. Gives the velocity in the same form.
 */
export function fluxTransformer(scope: Scope, config: FluxTransformerConfig, inputs: DenoiserInputs): FeatureMap {
  const { heads, headWidth } = config
  const width = heads * headWidth
  const condition = embedConditions(scope.at('time_text_embed'), config, inputs)
  const cells = patchify(inputs.sample, patch)
  let image = linear(scope.at('x_embedder'), cells.tokens, { out: width })
  let text = linear(scope.at('context_embedder'), inputs.text, { out: width })
  const rotary = placesOf(config, inputs.text, cells)
  for (let layer = 0; layer < config.layers; layer++) {
    const block = { heads, qkNorm: true, rotary }
    ;({ image, text } = jointBlock(scope.at('transformer_blocks', layer), { image, text }, condition, block))
  }
  const textCount = patchCount({ tokens: text })
  let joined = ops.concat([text, image], 1)
  for (let layer = 0; layer < config.singleLayers; layer++) {
    joined = singleBlock(scope.at('single_transformer_blocks', layer), joined, condition, { heads, rotary })
  }
  const [, last = joined] = ops.split(joined, [textCount, patchCount(cells)], 1)
  const [scale = last, shift = last] = modulation(scope.at('norm_out', 'linear'), condition, { width, count: 2 })
  const out = linear(scope.at('proj_out'), modulate(plainLayerNorm(last), shift, scale), { out: config.outChannels })
  return unpatchify(out, cells, patch)
}

/** The embedding of timestep, guidance and pooled text that sets every block: [batch, width]. */
function embedConditions(scope: Scope, config: FluxTransformerConfig, inputs: DenoiserInputs): Value {
  const width = config.heads * config.headWidth
  const embedded = (name: string, value: Value): Value =>
    timestepMlp(scope.at(name), timestepEmbedding(value, { width: timeWaves, cosFirst: true }), { width })
  let condition = embedded('timestep_embedder', inputs.timestep)
  if (config.guidance && inputs.guidance) {
    condition = ops.add(condition, embedded('guidance_embedder', ops.mul(inputs.guidance, 1000)))
  }
  return inputs.pooled
    ? ops.add(condition, timestepMlp(scope.at('text_embedder'), inputs.pooled, { width }))
    : condition
}

/** All words are at (0, 0, 0), patches at (0, row, column). */
function placesOf(
  { axes: [first = 0, second = 0, third = 0] }: FluxTransformerConfig,
  text: Value,
  cells: Patches,
): RotaryTable {
  const none = samePlaces(text, 1, 0)
  const { row, column } = patchPlaces(text.graph, cells)
  const after = (places: Value): Value => ops.concat([none, places], 0)
  const axes = [
    { places: after(ops.mul(row, 0)), width: first },
    { places: after(row), width: second },
    { places: after(column), width: third },
  ]
  return rotaryTable(axes, theta, 'interleaved')
}
