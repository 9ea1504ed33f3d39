import {
  gated,
  jointAttention,
  linear,
  modulate,
  modulation,
  normalized,
  ops,
  patchCount,
  patchify,
  patchPlaces,
  plainLayerNorm,
  projections,
  rotaryTable,
  samePlaces,
  swiGlu,
  timestepEmbedding,
  timestepMlp,
  unpatchify,
  type FeatureMap,
  type Patches,
  type Projections,
  type RotaryTable,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import type { DenoiserInputs } from '../kinds/denoiser.ts'
import type { Flux2TransformerConfig } from './config.ts'

const patch = { side: 1, order: 'CRD' } as const

/**
 * diffusers' Flux2Transformer2DModel (Black Forest Labs 2025): as Flux.1, but one modulation for all blocks of a kind,
 * gated feed-forward layers, no biases, and words that have places of their own. Latents [batch, channels, height,
 * width] in and out.
 */
export function flux2Transformer(scope: Scope, config: Flux2TransformerConfig, inputs: DenoiserInputs): FeatureMap {
  const width = config.heads * config.headWidth
  const condition = embedConditions(scope.at('time_guidance_embed'), config, inputs)
  const vectors = (name: string, count: number): readonly Value[] =>
    modulation(scope.at(name, 'linear'), condition, { width, count, bias: false })
  const ofImage = vectors('double_stream_modulation_img', 6)
  const ofText = vectors('double_stream_modulation_txt', 6)
  const ofBoth = vectors('single_stream_modulation', 3)
  const cells = patchify(inputs.sample, patch)
  let image = linear(scope.at('x_embedder'), cells.tokens, { out: width, bias: false })
  let text = linear(scope.at('context_embedder'), inputs.text, { out: width, bias: false })
  const rotary = placesOf(config, inputs.text, cells)
  for (let layer = 0; layer < config.layers; layer++) {
    const at = scope.at('transformer_blocks', layer)
    ;[image, text] = doubleBlock(at, config, { image, text, ofImage, ofText, rotary })
  }
  let joined = ops.concat([text, image], 1)
  for (let layer = 0; layer < config.singleLayers; layer++) {
    joined = parallelBlock(scope.at('single_transformer_blocks', layer), config, joined, ofBoth, rotary)
  }
  const [, last = joined] = ops.split(joined, [patchCount({ tokens: text }), patchCount(cells)], 1)
  const [scale = last, shift = last] = modulation(scope.at('norm_out', 'linear'), condition, {
    width,
    count: 2,
    bias: false,
  })
  const normal = modulate(plainLayerNorm(last), shift, scale)
  return unpatchify(linear(scope.at('proj_out'), normal, { out: config.outChannels, bias: false }), cells, patch)
}

function embedConditions(scope: Scope, config: Flux2TransformerConfig, { timestep, guidance }: DenoiserInputs): Value {
  const width = config.heads * config.headWidth
  const embedded = (name: string, value: Value): Value => {
    const waves = timestepEmbedding(value, { width: config.timeWaves, cosFirst: true })
    return timestepMlp(scope.at(name), waves, { width, bias: false })
  }
  const time = embedded('timestep_embedder', timestep)
  return config.guidance && guidance ? ops.add(time, embedded('guidance_embedder', ops.mul(guidance, 1000))) : time
}

interface DoubleStream {
  readonly image: Value
  readonly text: Value
  /** Shift, scale and gate of the attention, then of the feed-forward layer. */
  readonly ofImage: readonly Value[]
  readonly ofText: readonly Value[]
  readonly rotary: RotaryTable
}

const imageNorms = ['norm_q', 'norm_k'] as const
const textNames = ['add_q_proj', 'add_k_proj', 'add_v_proj'] as const
const textNorms = ['norm_added_q', 'norm_added_k'] as const

function doubleBlock(
  scope: Scope,
  config: Flux2TransformerConfig,
  stream: DoubleStream,
): readonly [image: Value, text: Value] {
  const { heads, headWidth: head } = config
  const width = heads * head
  const at = scope.at('attn')
  const read = (x: Value, [shift, scale]: readonly Value[]): Value =>
    scale ? modulate(plainLayerNorm(x), shift, scale) : x
  const projected = (
    x: Value,
    names: Parameters<typeof projections>[2]['names'],
    norms: readonly [string, string],
  ): Projections =>
    normalized(at, projections(at, x, { width, bias: false, ...(names && { names }) }), { head, names: norms })
  const { image, text, ofImage, ofText, rotary } = stream
  const [mixedText = text, mixedImage = image] = jointAttention(
    at,
    [projected(read(text, ofText), textNames, textNorms), projected(read(image, ofImage), undefined, imageNorms)],
    { heads, rotary },
  )
  const after = (x: Value, vectors: readonly Value[], mixed: Value, feedForward: Scope): Value => {
    const [, , gate = x, shift, scale = x, mlpGate = x] = vectors
    const attended = gated(x, gate, mixed)
    const inner = Math.trunc(width * config.mlpRatio)
    const both = linear(feedForward.at('linear_in'), modulate(plainLayerNorm(attended), shift, scale), {
      out: 2 * inner,
      bias: false,
    })
    return gated(attended, mlpGate, linear(feedForward.at('linear_out'), swiGlu(both), { out: width, bias: false }))
  }
  const fromImage = linear(at.at('to_out', 0), mixedImage, { out: width, bias: false })
  const fromText = linear(at.at('to_add_out'), mixedText, { out: width, bias: false })
  return [after(image, ofImage, fromImage, scope.at('ff')), after(text, ofText, fromText, scope.at('ff_context'))]
}

/** Attention and feed-forward layer side by side, each way in one matrix. */
function parallelBlock(
  scope: Scope,
  { heads, headWidth: head, mlpRatio }: Flux2TransformerConfig,
  x: Value,
  [shift, scale = x, gate = x]: readonly Value[],
  rotary: RotaryTable,
): Value {
  const width = heads * head
  const inner = Math.trunc(width * mlpRatio)
  const at = scope.at('attn')
  const all = linear(at.at('to_qkv_mlp_proj'), modulate(plainLayerNorm(x), shift, scale), {
    out: 3 * width + 2 * inner,
    bias: false,
  })
  const [query = all, key = all, value = all, hidden = all] = ops.split(all, [width, width, width, 2 * inner], 2)
  const own = normalized(at, { query, key, value }, { head, names: imageNorms })
  const [mixed = x] = jointAttention(at, [own], { heads, rotary })
  return gated(x, gate, linear(at.at('to_out'), ops.concat([mixed, swiGlu(hidden)], 2), { out: width, bias: false }))
}

/** Patches are at (0, row, column, 0), words at (0, 0, 0, index). */
function placesOf({ axes, theta }: Flux2TransformerConfig, text: Value, cells: Patches): RotaryTable {
  const none = samePlaces(text, 1, 0)
  const words = ops.cast(ops.range(text.graph, text.shape[1] ?? 0), 'float32')
  const { row, column } = patchPlaces(text.graph, cells)
  const still = ops.mul(row, 0)
  const [time = 0, rows = 0, columns = 0, word = 0] = axes
  return rotaryTable(
    [
      { places: ops.concat([none, still], 0), width: time },
      { places: ops.concat([none, row], 0), width: rows },
      { places: ops.concat([none, column], 0), width: columns },
      { places: ops.concat([words, still], 0), width: word },
    ],
    theta,
    'interleaved',
  )
}
