import { numberAt } from '@patchbay/onnx/tensor'
import {
  conv2d,
  concatChannels,
  addMaps,
  downsample2d,
  groupNorm,
  linear,
  mapValues,
  ops,
  resnetBlock,
  silu,
  spatialTransformer,
  timestepEmbedding,
  timestepMlp,
  upsample2d,
  type FeatureMap,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import type { DenoiserInputs, GraphForm } from '../kinds/denoiser.ts'
import { changeHooks, joinedAs } from './changes/index.ts'
import type { Joined } from './changes/reweighted-skips.ts'
import type { UNet2DConditionConfig } from './config.ts'

/** Channels of the timestep embedding as a multiple of the first block's. */
const embeddingFactor = 4

/**
 * diffusers' UNet2DConditionModel: the denoiser of Stable Diffusion (Rombach et al. 2022, section 3.2; Podell et al.
 * 2023). Gives the prediction, [batch, outChannels, height, width].
 */
export function unet2dCondition(
  place: Scope,
  config: UNet2DConditionConfig,
  inputs: DenoiserInputs,
  { isPerturbed = false, changes = [] }: GraphForm = {},
): FeatureMap {
  const scope = changes.length > 0 ? place.hooked(changeHooks(changes, inputs.added ?? {})) : place
  const embedding = embedTimestep(scope, config, inputs)
  const { skips, x } = encode(scope, config, inputs, embedding, { isPerturbed })
  const { residuals = [] } = inputs
  const added = [...skips, x].map((map, index) => {
    const residual = residuals[index]
    return residual ? addMaps(map, residual) : map
  })
  const middle = added.pop() ?? x
  const [first = 0] = config.blockOutChannels
  const join: Decoding['join'] = (joined) => joinedAs(changes, inputs.added ?? {}, first, joined)
  const h = decode(scope, config, { x: middle, skips: added, embedding, text: inputs.text, join })
  const { normGroups: groups, normEps: epsilon, outChannels } = config
  const normal = mapValues(groupNorm(scope.at('conv_norm_out'), h, { groups, epsilon }), silu)
  return conv2d(scope.at('conv_out'), normal, { out: outChannels })
}

/** The encoding half and the middle block: what a ControlNet has a copy of. */
export function encode(
  scope: Scope,
  config: UNet2DConditionConfig,
  { sample, text }: Pick<DenoiserInputs, 'sample' | 'text'>,
  embedding: Value,
  { hint, isPerturbed = false }: { readonly hint?: FeatureMap; readonly isPerturbed?: boolean } = {},
): { readonly skips: readonly FeatureMap[]; readonly x: FeatureMap } {
  const { blockOutChannels, normGroups: groups, normEps: epsilon } = config
  const first = conv2d(scope.at('conv_in'), sample, { out: numberAt(blockOutChannels, 0) })
  let x = hint ? addMaps(first, hint) : first
  const skips = [x]
  for (const [block, channels] of blockOutChannels.entries()) {
    const at = scope.at('down_blocks', block)
    for (let layer = 0; layer < numberAt(config.layersPerBlock, block); layer++) {
      x = resnetBlock(at.at('resnets', layer), x, embedding, { out: channels, groups, epsilon })
      if (config.downAttention[block]) x = attend(at.at('attentions', layer), config, block, x, text)
      skips.push(x)
    }
    if (block < blockOutChannels.length - 1) {
      x = downsample2d(at.at('downsamplers', 0), x)
      skips.push(x)
    }
  }
  const middle = scope.at('mid_block')
  x = resnetBlock(middle.at('resnets', 0), x, embedding, { groups, epsilon })
  if (config.midAttention) {
    x = attend(middle.at('attentions', 0), config, blockOutChannels.length - 1, x, text, isPerturbed)
  }
  x = resnetBlock(middle.at('resnets', 1), x, embedding, { groups, epsilon })
  return { skips, x }
}

/** Channels of a skip connection, and how often its sides were halved. */
export interface SkipShape {
  readonly channels: number
  readonly level: number
}

/** The skip connections that `encode` gives, in order. */
export function skipShapes({ blockOutChannels, layersPerBlock }: UNet2DConditionConfig): readonly SkipShape[] {
  const shapes: SkipShape[] = [{ channels: numberAt(blockOutChannels, 0), level: 0 }]
  for (const [level, channels] of blockOutChannels.entries()) {
    for (let layer = 0; layer < numberAt(layersPerBlock, level); layer++) shapes.push({ channels, level })
    if (level < blockOutChannels.length - 1) shapes.push({ channels, level: level + 1 })
  }
  return shapes
}

export function middleShape({ blockOutChannels }: UNet2DConditionConfig): SkipShape {
  return { channels: blockOutChannels.at(-1) ?? 0, level: blockOutChannels.length - 1 }
}

interface Decoding {
  readonly x: FeatureMap
  readonly skips: readonly FeatureMap[]
  readonly embedding: Value
  readonly text: Value
  /** What becomes of features and a skip connection before they are joined. */
  readonly join: (joined: Joined) => Joined
}

function decode(
  scope: Scope,
  config: UNet2DConditionConfig,
  { x: start, skips, embedding, text, join }: Decoding,
): FeatureMap {
  const { blockOutChannels, normGroups: groups, normEps: epsilon } = config
  const left = [...skips]
  let x = start
  for (const [step, channels] of [...blockOutChannels].reverse().entries()) {
    const block = blockOutChannels.length - 1 - step
    const at = scope.at('up_blocks', step)
    for (let layer = 0; layer <= numberAt(config.layersPerBlock, block); layer++) {
      const skip = left.pop()
      if (skip) {
        const joined = join({ x, skip })
        x = concatChannels(joined.x, joined.skip)
      }
      x = resnetBlock(at.at('resnets', layer), x, embedding, { out: channels, groups, epsilon })
      if (config.upAttention[step]) x = attend(at.at('attentions', layer), config, block, x, text)
    }
    // Sides that do not halve evenly come back to what they were: diffusers passes the size of the next skip
    // connection.
    const next = left.at(-1)
    if (block > 0) x = upsample2d(at.at('upsamplers', 0), x, next && { like: next })
  }
  return x
}

function attend(
  scope: Scope,
  config: UNet2DConditionConfig,
  block: number,
  x: FeatureMap,
  text: Value,
  identity = false,
): FeatureMap {
  const heads = config.heads[block] ?? 1
  return spatialTransformer(scope, x, text, {
    heads,
    layers: config.transformerLayers[block] ?? 1,
    groups: config.normGroups,
    identity,
  })
}

/** The embedding of timestep, guidance and sizes that every resnet is given: [batch, 4 · first channels]. */
export function embedTimestep(scope: Scope, config: UNet2DConditionConfig, inputs: DenoiserInputs): Value {
  const first = numberAt(config.blockOutChannels, 0)
  const width = first * embeddingFactor
  const sinusoids = { cosFirst: config.flipSinToCos, frequencyShift: config.frequencyShift }
  let waves = timestepEmbedding(inputs.timestep, { width: first, ...sinusoids })
  if (config.guidanceEmbeddingSize !== undefined && inputs.guidance) {
    const projected = linear(scope.at('time_embedding', 'cond_proj'), inputs.guidance, { out: first, bias: false })
    waves = ops.add(waves, projected)
  }
  const embedding = timestepMlp(scope.at('time_embedding'), waves, { width })
  const { pooled, sizes } = inputs
  if (!config.addition || !pooled || !sizes) return embedding
  const [batch = 1, count = 1] = sizes.shape
  const flat = ops.reshape(sizes, [-1])
  const embedded = timestepEmbedding(flat, { width: config.addition.timeEmbeddingSize, ...sinusoids })
  const sizeWaves = ops.reshape(embedded, [batch, Number(count) * config.addition.timeEmbeddingSize])
  const conditions = ops.concat([pooled, sizeWaves], 1)
  return ops.add(embedding, timestepMlp(scope.at('add_embedding'), conditions, { width }))
}
