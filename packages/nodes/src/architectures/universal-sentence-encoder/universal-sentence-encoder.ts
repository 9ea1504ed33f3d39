import { dimOf, ops, renameWeights, type Value, WeightError, type WeightSource } from '@patchbay/onnx'

/** The published lite model: two layers, of 256 and 512 channels. */
export const universalSentenceEncoderSizes = {
  vocabulary: 8002,
  embedding: 256,
  width: 512,
  hidden: 1536,
  heads: 4,
  /** Tokens beyond this many are cut off, as in the published model. */
  maxTokens: 128,
} as const

/** Token ids that stand for nothing: texts of a batch are filled up with them. */
export const paddingId = -1

export interface SentenceEmbeddings {
  /** One vector a token, zero where padded: [batch, length, 512]. */
  readonly tokens: Value
  /** One vector a text, of length 1: [batch, 512]. */
  readonly pooled: Value
}

/**
 * Universal Sentence Encoder Lite (Cer et al. 2018): a transformer of two pre-norm layers over a unigram vocabulary of
 * 8,000 pieces, whose mean over the tokens goes through one tanh layer. Kernels are [in, out], as in TensorFlow.
 * @param ids int64 [batch, length], `paddingId` where a text is shorter
 * @param changed what is done to the embeddings of the tokens, [batch, length, 256]: learnt ones put in their places
 */
export function universalSentenceEncoder(
  ids: Value,
  changed: (embedded: Value) => Value = (embedded) => embedded,
): SentenceEmbeddings {
  const { vocabulary, embedding, width, hidden, heads } = universalSentenceEncoderSizes
  const { graph } = ids
  const mask = ops.unsqueeze(ops.cast(ops.greaterOrEqual(ids, 0), 'float32'), [2])
  const table = graph.parameter('embedding.weight', 'float32', [vocabulary, embedding])
  const embedded = changed(ops.gather(table, ops.max(ids, 0)))
  // The published graph adds the timing signal to the embedding and the sum to the embedding once more.
  let x = ops.add(ops.mul(embedded, 2), timingSignal(ids))
  for (const [layer, channels] of [embedding, width].entries()) {
    x = graph.scope(`layers.${layer}`, () => {
      const name = `layers.${layer}`
      const attended = selfAttention(layerNorm(x, `${name}.norm1`), mask, `${name}.attention`, heads, channels)
      const residual = channels === width ? x : dense(x, `${name}.shortcut`, channels, width)
      const middle = ops.add(residual, attended)
      const raised = ops.relu(dense(layerNorm(middle, `${name}.norm2`), `${name}.mlp.0`, width, hidden))
      return ops.add(middle, dense(raised, `${name}.mlp.1`, hidden, width))
    })
  }
  const tokens = ops.mul(x, mask)
  const count = ops.max(ops.reduceSum(mask, { axes: [1], keepDims: false }), 1)
  const mean = ops.div(ops.reduceSum(tokens, { axes: [1], keepDims: false }), count)
  const squashed = ops.tanh(dense(mean, 'pool', width, width))
  const norm = ops.max(ops.reduceL2(squashed, { axes: [-1] }), 1e-6)
  return { tokens, pooled: ops.div(squashed, norm) }
}

/** Sines, then cosines of the position at 128 wavelengths (Vaswani et al. 2017, section 3.5): [length, 256]. */
function timingSignal(ids: Value): Value {
  const { graph } = ids
  const frequencies = graph.parameter('timing.frequencies', 'float32', [1, universalSentenceEncoderSizes.embedding / 2])
  const position = ops.unsqueeze(ops.cast(ops.range(graph, dimOf(ids, 1)), 'float32'), [1])
  const angle = ops.mul(position, frequencies)
  return ops.concat([ops.sin(angle), ops.cos(angle)], 1)
}

function selfAttention(x: Value, mask: Value, name: string, heads: number, channels: number): Value {
  const [batch, length] = [dimOf(x, 0), dimOf(x, 1)]
  const perHead = channels / heads
  const split = ops.chunk(dense(x, `${name}.qkv`, channels, 3 * channels), 3, 2)
  const [query, key, value] = split.map((part) =>
    ops.transpose(ops.reshape(part, [batch, length, heads, perHead]), [0, 2, 1, 3]),
  )
  if (!query || !key || !value) throw new Error('Three equal parts were cut, but fewer came back')
  const scores = ops.matMul(ops.mul(query, perHead ** -0.5), ops.transpose(key, [0, 1, 3, 2]))
  // [batch, 1, 1, length]: no token looks at padding.
  const bias = ops.mul(ops.sub(1, ops.reshape(mask, [batch, 1, 1, length])), -1e9)
  const attended = ops.matMul(ops.softmax(ops.add(scores, bias)), value)
  const joined = ops.reshape(ops.transpose(attended, [0, 2, 1, 3]), [batch, length, channels])
  return dense(joined, `${name}.out`, channels, universalSentenceEncoderSizes.width)
}

function dense(x: Value, name: string, from: number, to: number): Value {
  const kernel = x.graph.parameter(`${name}.kernel`, 'float32', [from, to])
  return ops.add(ops.matMul(x, kernel), x.graph.parameter(`${name}.bias`, 'float32', [to]))
}

function layerNorm(x: Value, name: string): Value {
  const channels = Number(dimOf(x, -1))
  const scale = x.graph.parameter(`${name}.weight`, 'float32', [channels])
  return ops.layerNormalization(x, scale, x.graph.parameter(`${name}.bias`, 'float32', [channels]), { epsilon: 1e-6 })
}

const encode = 'module_apply_default/Encoder_en/KonaTransformer/Encode/'
const variables = 'module/Encoder_en/'

/** TensorFlow's names, each with ours; layers are filled in. */
const tensorflowNames: readonly (readonly [theirs: string, ours: string])[] = [
  ['module/Embeddings_en', 'embedding.weight'],
  [`${encode}TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`, 'timing.frequencies'],
  [`${encode}Layer_0/TransformerLayer/dense/kernel/ConcatPartitions/concat`, 'layers.0.shortcut.kernel'],
  [`${encode}Layer_0/TransformerLayer/dense/bias/ConcatPartitions/concat`, 'layers.0.shortcut.bias'],
  [`${variables}hidden_layers/tanh_layer_0/weights`, 'pool.kernel'],
  [`${variables}hidden_layers/tanh_layer_0/bias`, 'pool.bias'],
  ...[0, 1].flatMap((layer) => {
    const theirs = `${encode}Layer_${layer}/TransformerLayer/`
    const attention = `${variables}KonaTransformer/Encode/Layer_${layer}/TransformerLayer/MultiheadAttention/`
    const stack = `${encode}TransformerStack/Layer_${layer}/TransformerLayer/`
    const ours = `layers.${layer}.`
    const norms = [
      ['layer_prepostprocess/', 'norm1'],
      ['FFN/layer_prepostprocess/', 'norm2'],
    ] as const
    return [
      ...norms.flatMap(([path, norm]) => [
        [`${theirs}${path}layer_norm/layer_norm_scale/ConcatPartitions/concat`, `${ours}${norm}.weight`] as const,
        [`${theirs}${path}layer_norm/layer_norm_bias/ConcatPartitions/concat`, `${ours}${norm}.bias`] as const,
      ]),
      [`${attention}qkv_transform_single/kernel/part_0`, `${ours}attention.qkv.kernel`] as const,
      [`${attention}output_transform_single/kernel/part_0`, `${ours}attention.out.kernel`] as const,
      [
        `${theirs}MultiheadAttention/qkv_transform_single/bias/ConcatPartitions/concat`,
        `${ours}attention.qkv.bias`,
      ] as const,
      [
        `${theirs}MultiheadAttention/output_transform_single/bias/ConcatPartitions/concat`,
        `${ours}attention.out.bias`,
      ] as const,
      ...[0, 1].flatMap((index) => [
        [`${stack}FFN/conv${index + 1}/Tensordot/Reshape_1`, `${ours}mlp.${index}.kernel`] as const,
        [`${theirs}FFN/conv${index + 1}/bias/ConcatPartitions/concat`, `${ours}mlp.${index}.bias`] as const,
      ]),
    ]
  }),
]

/**
 * The weights of the published TensorFlow.js model under the names of `universalSentenceEncoder`. Nothing is converted:
 * kernels lie as the graph reads them. Throws a `WeightError` where the model is another one.
 */
export function universalSentenceEncoderWeights(tensorflow: WeightSource): WeightSource {
  const ours = new Map(tensorflowNames)
  const renamed = renameWeights(tensorflow, (name) => ours.get(name))
  if (renamed.names.length !== ours.size) {
    const absent = [...ours.keys()].find((name) => !tensorflow.get(name)) ?? ''
    throw new WeightError(
      'missing',
      `${tensorflow.title} is not Universal Sentence Encoder Lite: it has no "${absent}"`,
    )
  }
  return renamed
}
