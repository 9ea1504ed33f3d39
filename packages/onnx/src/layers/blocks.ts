import * as ops from '../graph/ops/index.ts'
import type { Value } from '../graph/graph.ts'
import { attentionLayer } from './attention.ts'
import { conv2d } from './convolution.ts'
import { addMaps, addPerChannel, fromSequence, mapValues, toSequence, type FeatureMap } from './feature-map.ts'
import { activate, geglu, linear, sequenceShape, type Activation } from './linear.ts'
import { groupNorm, layerNorm } from './normalization.ts'
import type { Scope } from './scope.ts'

export interface ResnetBlockOptions {
  /** Channels of the result; those of `x` where not given. */
  readonly out?: number
  readonly groups?: number
  readonly epsilon?: number
  readonly activation?: Activation
}

/**
 * diffusers' ResnetBlock2D: `norm1`, `conv1`, `time_emb_proj` (where an embedding `[n, e]` is given), `norm2`, `conv2`,
 * and `conv_shortcut` where the number of channels changes.
 */
export function resnetBlock(
  scope: Scope,
  x: FeatureMap,
  timeEmbedding: Value | undefined,
  { out = x.channels, groups = 32, epsilon = 1e-5, activation = 'silu' }: ResnetBlockOptions = {},
): FeatureMap {
  const active = (map: FeatureMap): FeatureMap => mapValues(map, (value) => activate(activation, value))
  let h = conv2d(scope.at('conv1'), active(groupNorm(scope.at('norm1'), x, { groups, epsilon })), { out })
  if (timeEmbedding) {
    h = addPerChannel(h, linear(scope.at('time_emb_proj'), activate(activation, timeEmbedding), { out }))
  }
  h = conv2d(scope.at('conv2'), active(groupNorm(scope.at('norm2'), h, { groups, epsilon })), { out })
  const shortcut = out === x.channels ? x : conv2d(scope.at('conv_shortcut'), x, { out, kernel: 1 })
  return addMaps(shortcut, h)
}

export interface TransformerBlockOptions {
  readonly heads: number
  /** Whether the block has a second attention (`attn2`), over the context. Default: where a context is given. */
  readonly cross?: boolean
  /** Width of the feed-forward layer as a multiple of that of `x`. Default 4. */
  readonly expansion?: number
  /**
   * Whether each place attends to itself alone in the first attention: for perturbed-attention guidance. Default false.
   */
  readonly identity?: boolean
  /** The map whose places `x` is, where it is one. */
  readonly places?: FeatureMap
}

/** diffusers' BasicTransformerBlock: `norm1`, `attn1`, `norm2`, `attn2`, `norm3`, `ff` (GEGLU). */
export function transformerBlock(
  scope: Scope,
  x: Value,
  context: Value | undefined,
  { heads, cross = context !== undefined, expansion = 4, identity = false, places }: TransformerBlockOptions,
): Value {
  const { width } = sequenceShape(x)
  const options = { heads, width, ...(places && { places }) }
  const own = layerNorm(scope.at('norm1'), x)
  let h = ops.add(x, attentionLayer(scope.at('attn1'), own, undefined, { ...options, identity }))
  if (cross) {
    h = ops.add(h, attentionLayer(scope.at('attn2'), layerNorm(scope.at('norm2'), h), context, options))
  }
  return ops.add(h, feedForward(scope.at('ff'), layerNorm(scope.at('norm3'), h), { inner: expansion * width }))
}

/** diffusers' FeedForward with GEGLU: `net.0.proj` to twice `inner`, `net.2` back to the width of `x`. */
export function feedForward(scope: Scope, x: Value, { inner }: { inner: number }): Value {
  return linear(scope.at('net', 2), geglu(scope.at('net', 0), x, { out: inner }), { out: sequenceShape(x).width })
}

export interface SpatialTransformerOptions extends TransformerBlockOptions {
  readonly layers?: number
  readonly groups?: number
}

/**
 * diffusers' Transformer2DModel: `norm`, `proj_in`, `transformer_blocks.i`, `proj_out`, and the input added. The
 * projections may be stored as linear layers or as 1×1 convolutions.
 */
export function spatialTransformer(
  scope: Scope,
  x: FeatureMap,
  context: Value | undefined,
  { layers = 1, groups = 32, ...block }: SpatialTransformerOptions,
): FeatureMap {
  const normal = groupNorm(scope.at('norm'), x, { groups, epsilon: 1e-6 })
  let h = linear(scope.at('proj_in'), toSequence(normal), { out: x.channels })
  for (let layer = 0; layer < layers; layer++) {
    h = transformerBlock(scope.at('transformer_blocks', layer), h, context, { places: x, ...block })
  }
  return addMaps(x, fromSequence(linear(scope.at('proj_out'), h, { out: x.channels }), x))
}

/**
 * diffusers' attention block of an autoencoder: `group_norm`, `to_q`, `to_k`, `to_v`, `to_out.0` over all pixels, and
 * the input added.
 */
export function attentionBlock(
  scope: Scope,
  x: FeatureMap,
  { heads = 1, groups = 32, epsilon = 1e-6 } = {},
): FeatureMap {
  const normal = toSequence(groupNorm(scope.at('group_norm'), x, { groups, epsilon }))
  return addMaps(x, fromSequence(attentionLayer(scope, normal, undefined, { heads, bias: true }), x))
}
