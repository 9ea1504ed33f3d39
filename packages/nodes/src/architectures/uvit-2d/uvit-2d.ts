import {
  attentionLayer,
  embedding,
  layerNorm,
  linear,
  modulate,
  modulation,
  multiplyDims,
  ops,
  rmsNorm,
  silu,
  timestepEmbedding,
  timestepMlp,
  type Dim,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import type { Uvit2dConfig } from './config.ts'

export interface Uvit2dInputs {
  /** Codes and masks, int64 [n, rows, columns]. */
  readonly codes: Value
  /** [n, tokens, textWidth] */
  readonly text: Value
  /** [n, pooledWidth] */
  readonly pooled: Value
  /** Width and height in pixels, top and left of the crop, score: float [n, 5]. */
  readonly conditions: Value
}

/** Places of a map, one after another: [n, rows · columns, channels]. */
interface Places {
  readonly value: Value
  readonly rows: Dim
  readonly columns: Dim
}

/**
 * The transformer of aMUSEd (Patil et al. 2024, section 3; diffusers' UVit2DModel): logits of every place's code at
 * once, [n, rows · columns, codes], of a picture some of whose codes are masked.
 */
export function uvit2d(scope: Scope, config: Uvit2dConfig, inputs: Uvit2dInputs): Value {
  const { epsilon, bias, width } = config
  const [, rows = 0, columns = 0] = inputs.codes.shape
  const projected = linear(scope.at('encoder_proj'), inputs.text, { out: width, bias })
  const text = rmsNorm(scope.at('encoder_proj_layer_norm'), projected, { epsilon })
  const condition = conditionOf(scope, config, inputs)
  const embed = scope.at('embed')
  const ids = ops.reshape(inputs.codes, [inputs.codes.shape[0] ?? 0, multiplyDims([rows, columns])])
  const embedded = embedding(embed.at('embeddings'), ids, { count: config.vocabulary, width: config.embeddingWidth })
  const normal = rmsNorm(embed.at('layer_norm'), embedded, { epsilon })
  let x: Places = { value: pointwise(embed.at('conv'), normal, config.blockChannels, bias), rows, columns }
  if (config.halved) x = halved(scope.at('down_block', 'downsample'), config, x)
  x = block(scope.at('down_block'), config, x, { text, condition })
  const hidden = rmsNorm(scope.at('project_to_hidden_norm'), x.value, { epsilon })
  let h = linear(scope.at('project_to_hidden'), hidden, { out: width, bias })
  for (let layer = 0; layer < config.layers; layer++) {
    h = transformerLayer(scope.at('transformer_layers', layer), config, h, { text, condition })
  }
  h = rmsNorm(scope.at('project_from_hidden_norm'), h, { epsilon })
  x = { ...x, value: linear(scope.at('project_from_hidden'), h, { out: config.blockChannels, bias }) }
  x = block(scope.at('up_block'), config, x, { text, condition })
  if (config.halved) x = doubled(scope.at('up_block', 'upsample'), config, x)
  const last = scope.at('mlm_layer')
  const narrow = pointwise(last.at('conv1'), x.value, config.embeddingWidth, bias)
  return pointwise(last.at('conv2'), rmsNorm(last.at('layer_norm'), narrow, { epsilon }), config.codes, bias)
}

/** Pooled text and the sinusoids of the micro-conditions, as what every block is set by: [n, width]. */
function conditionOf(scope: Scope, config: Uvit2dConfig, { pooled, conditions }: Uvit2dInputs): Value {
  const { conditionWidth, conditions: count, width, bias } = config
  const waves = timestepEmbedding(ops.reshape(conditions, [-1]), { width: conditionWidth, cosFirst: true })
  const told = ops.concat([pooled, ops.reshape(waves, [pooled.shape[0] ?? 0, count * conditionWidth])], 1)
  return timestepMlp(scope.at('cond_embed'), told, { width, bias })
}

interface Told {
  readonly text: Value
  readonly condition: Value
}

/** ConvNeXt blocks, each with two attentions to the text behind it (diffusers' UVitBlock). */
function block(scope: Scope, config: Uvit2dConfig, start: Places, told: Told): Places {
  let x = start
  for (let layer = 0; layer < config.blockLayers; layer++) {
    x = convNext(scope.at('res_blocks', layer), config, x, told.condition)
    x = { ...x, value: textAttentions(scope.at('attention_blocks', layer), config, x.value, told.text) }
  }
  return x
}

/**
 * Woo et al. (2023): depthwise convolution, then two layers for each place with global response normalisation
 * between.
 */
function convNext(scope: Scope, config: Uvit2dConfig, x: Places, condition: Value): Places {
  const { blockChannels: channels, epsilon, bias } = config
  const convolved = { ...x, value: depthwise(scope.at('depthwise'), x, { channels, bias }) }
  const normal = rmsNorm(scope.at('norm'), convolved.value, { epsilon })
  const wide = ops.gelu(linear(scope.at('channelwise_linear_1'), normal, { out: 4 * channels, bias }))
  const responded = globalResponse(scope.at('channelwise_norm'), wide, 4 * channels)
  const change = linear(scope.at('channelwise_linear_2'), responded, { out: channels, bias })
  const [scale = change, shift] = modulation(scope.at('cond_embeds_mapper'), condition, {
    width: channels,
    count: 2,
    bias,
  })
  return { ...x, value: modulate(ops.add(change, x.value), shift, scale) }
}

/**
 * A convolution of 3 × 3 for each channel by itself. In the plain form it is nine products of moved places, whose
 * gradients are products too.
 */
function depthwise(
  scope: Scope,
  x: Places,
  { channels, bias }: { readonly channels: number; readonly bias: boolean },
): Value {
  const weight = scope.parameter('weight', [channels, 1, 3, 3])
  const offset = bias ? scope.parameter('bias', [channels]) : undefined
  if (scope.attention !== 'plain') {
    return asPlaces(ops.conv(asMap(x), weight, offset, { padding: [1, 1, 1, 1], groups: channels })).value
  }
  const { value, rows, columns } = x
  const [batch = 0] = value.shape
  if (typeof rows !== 'number' || typeof columns !== 'number') {
    throw new TypeError('A network in training has a known number of places')
  }
  const padded = ops.pad(ops.reshape(value, [batch, rows, columns, channels]), [0, 1, 1, 0], [0, 1, 1, 0])
  const taps = ops.transpose(ops.reshape(weight, [channels, 9]), [1, 0])
  const products = Array.from({ length: 9 }, (_, tap) => {
    const [down, across] = [Math.floor(tap / 3), tap % 3]
    const moved = ops.slice(ops.slice(padded, 1, down, down + rows), 2, across, across + columns)
    return ops.mul(moved, ops.reshape(ops.slice(taps, 0, tap, tap + 1), [channels]))
  })
  const sum = products.reduce((total, product) => ops.add(total, product))
  return ops.reshape(offset ? ops.add(sum, offset) : sum, value.shape)
}

/** Woo et al. (2023), eq. 1 to 3: a channel counts by its norm over all places beside those of the others. */
function globalResponse(scope: Scope, x: Value, width: number): Value {
  const vector = (name: string): Value => ops.reshape(scope.parameter(name, [1, 1, 1, width]), [width])
  const norms = ops.sqrt(ops.reduceSum(ops.mul(x, x), { axes: [1] }))
  const shares = ops.div(norms, ops.add(ops.reduceMean(norms, { axes: [2] }), 1e-6))
  return ops.add(ops.add(ops.mul(vector('gamma'), ops.mul(x, shares)), vector('beta')), x)
}

/** diffusers' SkipFFTransformerBlock: both attentions look at the text. */
function textAttentions(scope: Scope, config: Uvit2dConfig, x: Value, text: Value): Value {
  const { blockHeads: heads, blockChannels: width, bias } = config
  const context = config.width === width ? text : linear(scope.at('kv_mapper'), silu(text), { out: width, bias })
  return [1, 2].reduce((sum, index) => {
    const normal = rmsNorm(scope.at(`norm${index}`), sum, { epsilon: 1e-6 })
    const options = { heads, width, bias, outBias: bias }
    return ops.add(sum, attentionLayer(scope.at(`attn${index}`), normal, context, options))
  }, x)
}

/** diffusers' BasicTransformerBlock with `ada_norm_continuous`: the third norm centres, the others do not. */
function transformerLayer(scope: Scope, config: Uvit2dConfig, start: Value, { text, condition }: Told): Value {
  const { width, heads, epsilon, bias, innerWidth } = config
  const set = (name: string, normal: (at: Scope, x: Value) => Value, x: Value): Value => {
    const at = scope.at(name)
    const [scale = x, shift] = modulation(at.at('linear'), condition, { width, count: 2, bias })
    return modulate(normal(at.at('norm'), x), shift, scale)
  }
  const rms = (at: Scope, x: Value): Value => rmsNorm(at, x, { epsilon })
  const options = { heads, width, bias, outBias: bias }
  let x = ops.add(start, attentionLayer(scope.at('attn1'), set('norm1', rms, start), undefined, options))
  x = ops.add(x, attentionLayer(scope.at('attn2'), set('norm2', rms, x), text, options))
  const normal = set('norm3', (at, y) => layerNorm(at, y, { epsilon, bias }), x)
  const both = linear(scope.at('ff', 'net', 0, 'proj'), normal, { out: 2 * innerWidth, bias })
  const [content = both, gate = both] = ops.chunk(both, 2, -1)
  return ops.add(x, linear(scope.at('ff', 'net', 2), ops.mul(content, ops.gelu(gate)), { out: width, bias }))
}

/** Norm, then a convolution of 2 × 2 with stride 2; an odd side gets zeros behind it. */
function halved(scope: Scope, config: Uvit2dConfig, x: Places): Places {
  const { blockChannels: channels, epsilon, bias } = config
  const normal = { ...x, value: rmsNorm(scope.at('norm'), x.value, { epsilon }) }
  const at = scope.at('conv')
  const offset = bias ? at.parameter('bias', [channels]) : undefined
  const weight = at.parameter('weight', [channels, channels, 2, 2])
  return asPlaces(ops.conv(asMap(normal), weight, offset, { stride: 2, padding: [0, 0, 1, 1] }))
}

/** Norm, then a transposed convolution of 2 × 2 with stride 2. */
function doubled(scope: Scope, config: Uvit2dConfig, x: Places): Places {
  const { blockChannels: channels, epsilon, bias } = config
  const normal = { ...x, value: rmsNorm(scope.at('norm'), x.value, { epsilon }) }
  const at = scope.at('conv')
  const offset = bias ? at.parameter('bias', [channels]) : undefined
  return asPlaces(
    ops.convTranspose(asMap(normal), at.parameter('weight', [channels, channels, 2, 2]), offset, { stride: 2 }),
  )
}

/** A 1 × 1 convolution of places, its weight as a convolution keeps it. */
function pointwise(scope: Scope, x: Value, out: number, bias: boolean): Value {
  const [batch = 0, length = 0, width] = x.shape
  if (typeof width !== 'number') throw new TypeError('A place has a known number of values')
  const weight = ops.reshape(scope.parameter('weight', [out, width, 1, 1]), [out, width])
  const offset = bias ? scope.parameter('bias', [out]) : undefined
  return ops.reshape(ops.gemm(ops.reshape(x, [-1, width]), weight, offset, { transB: true }), [batch, length, out])
}

function asMap({ value, rows, columns }: Places): Value {
  const [batch = 0, , width = 0] = value.shape
  return ops.reshape(ops.transpose(value, [0, 2, 1]), [batch, width, rows, columns])
}

function asPlaces(map: Value): Places {
  const [batch = 0, width = 0, rows = 0, columns = 0] = map.shape
  const value = ops.transpose(ops.reshape(map, [batch, width, multiplyDims([rows, columns])]), [0, 2, 1])
  return { value, rows, columns }
}
