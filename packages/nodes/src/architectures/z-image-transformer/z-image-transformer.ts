import { numberAt } from '@patchbay/onnx/tensor'
import {
  gated,
  gatedMlp,
  jointAttention,
  linear,
  mapValues,
  modulate,
  modulation,
  normalized,
  ops,
  patchCount,
  patchify,
  patchPlaces,
  plainLayerNorm,
  projections,
  rmsNorm,
  rotaryTable,
  silu,
  timestepEmbedding,
  unpatchify,
  type FeatureMap,
  type Patches,
  type RotaryTable,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import type { DenoiserInputs } from '../kinds/denoiser.ts'
import type { ZImageTransformerConfig } from './config.ts'

const patch = { side: 2, order: 'DCR' } as const
const timeWaves = 256
const timeHidden = 1024
/** Widest vector that blocks are set by. */
const widestCondition = 256
/** Text and picture are filled up to multiples of so many tokens, each with a learnt one. */
const tokenMultiple = 32

/**
 * diffusers' ZImageTransformer2DModel (Tongyi-MAI 2025): text and picture pass two blocks each, then all of them in
 * one stream. It counts time from noise to picture, and points from the picture to the noise's other side: both are
 * turned round here, so that this gives the velocity as other flow networks do.
 */
export function zImageTransformer(scope: Scope, config: ZImageTransformerConfig, inputs: DenoiserInputs): FeatureMap {
  const { width } = config
  const condition = embedTime(scope.at('t_embedder'), config, inputs.timestep)
  const cells = patchify(inputs.sample, patch)
  const embedded = linear(scope.at('all_x_embedder', '2-1'), cells.tokens, { out: width })
  const described = linear(
    scope.at('cap_embedder', 1),
    rmsNorm(scope.at('cap_embedder', 0), inputs.text, { epsilon: config.normEps }),
    { out: width },
  )
  let image = filledUp(embedded, scope.parameter('x_pad_token', [1, width]), 'imagePads')
  let text = filledUp(described, scope.parameter('cap_pad_token', [1, width]), 'textPads')
  const places = placesOf(config, cells, image, text)
  for (let layer = 0; layer < config.refinerLayers; layer++) {
    image = block(scope.at('noise_refiner', layer), config, image, places.image, condition)
    text = block(scope.at('context_refiner', layer), config, text, places.text)
  }
  let joined = ops.concat([image, text], 1)
  for (let layer = 0; layer < config.layers; layer++) {
    joined = block(scope.at('layers', layer), config, joined, places.both, condition)
  }
  const final = scope.at('all_final_layer', '2-1')
  const [scale = joined] = modulation(final.at('adaLN_modulation', 1), condition, { width, count: 1 })
  const own = ops.take(joined, 1, patchCount(cells))
  const out = linear(final.at('linear'), modulate(plainLayerNorm(own), undefined, scale), {
    out: patch.side ** 2 * config.inChannels,
  })
  return mapValues(unpatchify(out, cells, patch), ops.neg)
}

/** The vector that sets the blocks, [batch, 256]: of 1 − σ, which is what timesteps count down from. */
function embedTime(scope: Scope, { width, timeScale }: ZImageTransformerConfig, timestep: Value): Value {
  const time = ops.mul(ops.sub(1000, timestep), timeScale / 1000)
  const waves = timestepEmbedding(time, { width: timeWaves, cosFirst: true })
  const hidden = silu(linear(scope.at('mlp', 0), waves, { out: timeHidden }))
  return linear(scope.at('mlp', 2), hidden, { out: Math.min(width, widestCondition) })
}

/** Tokens `[n, s, w]` with as many of the learnt one behind them as fill them up to a multiple. */
function filledUp(tokens: Value, pad: Value, name: string): Value {
  const { graph } = tokens
  const length = ops.squeeze(graph.dimValue(tokens.shape[1] ?? 0), [0])
  const over = ops.mod(length, graph.scalar('int64', tokenMultiple))
  const missing = ops.mod(ops.sub(graph.scalar('int64', tokenMultiple), over), graph.scalar('int64', tokenMultiple))
  const same = ops.mul(ops.rangeTo(missing, name), graph.scalar('int64', 0))
  const [batch = 1, , width = 1] = tokens.shape
  const pads = ops.expand(ops.unsqueeze(ops.gather(pad, same), [0]), [batch, name, width])
  return ops.concat([tokens, pads], 1)
}

interface Places {
  readonly image: RotaryTable
  readonly text: RotaryTable
  readonly both: RotaryTable
}

/**
 * Words stand at (1, 0, 0), (2, 0, 0), …, those that fill up too; patches at (words + 1, row, column), those
 * that fill up at (0, 0, 0).
 */
function placesOf({ axes, theta }: ZImageTransformerConfig, cells: Patches, image: Value, text: Value): Places {
  const { graph } = text
  const [words = 0, tokens = 0] = [text.shape[1], image.shape[1]]
  const float = (value: Value): Value => ops.cast(value, 'float32')
  const index = float(ops.add(ops.range(graph, words), graph.scalar('int64', 1)))
  const after = float(ops.add(graph.dimValue(words), graph.scalar('int64', 1)))
  const { row, column } = patchPlaces(graph, cells)
  const isPatch = float(ops.cast(ops.less(ops.range(graph, tokens), graph.dimValue(patchCount(cells))), 'int64'))
  const pads = ops.full(graph, 'float32', ['imagePads'], 0)
  const none = ops.mul(index, 0)
  const columnsOf = [
    { image: ops.mul(isPatch, after), text: index },
    { image: ops.concat([row, pads], 0), text: none },
    { image: ops.concat([column, pads], 0), text: none },
  ]
  const table = (places: (each: (typeof columnsOf)[number]) => Value): RotaryTable =>
    rotaryTable(
      columnsOf.map((each, axis) => ({ places: places(each), width: numberAt(axes, axis) })),
      theta,
      'interleaved',
    )
  return {
    image: table((each) => each.image),
    text: table((each) => each.text),
    both: table((each) => ops.concat([each.image, each.text], 0)),
  }
}

const names = ['norm_q', 'norm_k'] as const

/** Attention and SwiGLU, each between two norms; `condition` scales what they read and gates what they give. */
function block(scope: Scope, config: ZImageTransformerConfig, x: Value, rotary: RotaryTable, condition?: Value): Value {
  const { width, heads, normEps: epsilon } = config
  const vectors = condition
    ? modulation(scope.at('adaLN_modulation', 0), condition, { width, count: 4, activated: false })
    : []
  const [scale, gate, mlpScale, mlpGate] = vectors
  const read = (name: string, value: Value, by: Value | undefined): Value => {
    const normal = rmsNorm(scope.at(name), value, { epsilon })
    return by ? modulate(normal, undefined, by) : normal
  }
  const added = (value: Value, by: Value | undefined, name: string, change: Value): Value => {
    const normal = rmsNorm(scope.at(name), change, { epsilon })
    return by ? gated(value, ops.tanh(by), normal) : ops.add(value, normal)
  }
  const at = scope.at('attention')
  const own = projections(at, read('attention_norm1', x, scale), { width, bias: false })
  const [mixed = x] = jointAttention(at, [normalized(at, own, { head: width / heads, names, epsilon: 1e-5 })], {
    heads,
    rotary,
  })
  const attended = added(x, gate, 'attention_norm2', linear(at.at('to_out', 0), mixed, { out: width, bias: false }))
  const hidden = gatedMlp(scope.at('feed_forward'), read('ffn_norm1', attended, mlpScale), {
    inner: Math.trunc((width / 3) * 8),
    names: ['w1', 'w3', 'w2'],
  })
  return added(attended, mlpGate, 'ffn_norm2', hidden)
}
