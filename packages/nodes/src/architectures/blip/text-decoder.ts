import { activate, attention, embedding, layerNorm, linear, ops, type Scope, type Value } from '@patchbay/onnx'
import type { BlipTextConfig } from './config.ts'

/** Keys and values of one layer: [rows, places, width] each. */
export interface LayerMemory {
  readonly key: Value
  readonly value: Value
}

/** What the decoder reads in one run. */
export interface BlipTextInput {
  /** int64 [rows, tokens] */
  readonly ids: Value
  /** Places of the tokens in their text, from 0: int64 [tokens]. */
  readonly positions: Value
  /** Of the picture, for each layer; one row stands for all. */
  readonly seen: readonly LayerMemory[]
  /** Of the tokens before, for each layer; none where the text begins here. */
  readonly past?: readonly LayerMemory[]
  /** Added to the scores of own tokens, [1, 1, tokens, tokens before + tokens]; else each sees those before it. */
  readonly mask?: Value
}

export interface BlipTextOutputs {
  /** [rows, tokens, vocabularySize] */
  readonly logits: Value
  /** Of all tokens so far, for each layer. */
  readonly present: readonly LayerMemory[]
}

const layerScope = (scope: Scope, layer: number): Scope => scope.at('text_decoder', 'bert', 'encoder', 'layer', layer)

/** What each layer takes of a picture: `memory` [rows, places, memoryWidth]. It is the same for every token. */
export function blipSeen(scope: Scope, { layers, width }: BlipTextConfig, memory: Value): readonly LayerMemory[] {
  return Array.from({ length: layers }, (_, layer) => {
    const at = layerScope(scope, layer).at('crossattention', 'self')
    return { key: linear(at.at('key'), memory, { out: width }), value: linear(at.at('value'), memory, { out: width }) }
  })
}

/** BLIP's text decoder (Li et al. 2022, section 3.1), as transformers' BlipTextLMHeadModel names it. */
export function blipText(scope: Scope, config: BlipTextConfig, input: BlipTextInput): BlipTextOutputs {
  const { vocabularySize: count, width, maxTokens, normEps: epsilon } = config
  const at = scope.at('text_decoder', 'bert', 'embeddings')
  const words = embedding(at.at('word_embeddings'), input.ids, { count, width })
  const places = embedding(at.at('position_embeddings'), input.positions, { count: maxTokens, width })
  let x = layerNorm(at.at('LayerNorm'), ops.add(words, places), { epsilon })
  const present: LayerMemory[] = []
  for (let layer = 0; layer < config.layers; layer++) {
    const own = ownMemory(layerScope(scope, layer), config, x, input.past?.[layer])
    present.push(own)
    x = decoderLayer(layerScope(scope, layer), config, x, { own, seen: input.seen[layer] ?? own, mask: input.mask })
  }
  return { logits: wordLogits(scope, config, x), present }
}

function ownMemory(scope: Scope, { width }: BlipTextConfig, x: Value, past: LayerMemory | undefined): LayerMemory {
  const at = scope.at('attention', 'self')
  const [key, value] = (['key', 'value'] as const).map((name) => {
    const fresh = linear(at.at(name), x, { out: width })
    return past ? ops.concat([past[name], fresh], 1) : fresh
  })
  return { key: key ?? x, value: value ?? x }
}

interface LayerSight {
  readonly own: LayerMemory
  readonly seen: LayerMemory
  readonly mask: Value | undefined
}

/** Looks at the text, then at the picture, then thinks: each added and normalised after (as BERT does). */
function decoderLayer(scope: Scope, config: BlipTextConfig, x: Value, { own, seen, mask }: LayerSight): Value {
  const { width, innerWidth, heads, activation, normEps: epsilon } = config
  const look = (name: string, from: Value, { key, value }: LayerMemory, sight: object): Value => {
    const at = scope.at(name)
    const query = linear(at.at('self', 'query'), from, { out: width })
    const mixed = at.build(() => attention(query, key, value, { heads, form: scope.attention, ...sight }))
    const added = ops.add(linear(at.at('output', 'dense'), mixed, { out: width }), from)
    return layerNorm(at.at('output', 'LayerNorm'), added, { epsilon })
  }
  const told = look('attention', x, own, mask ? { bias: mask } : { causal: true })
  const looked = look('crossattention', told, forEach(seen, told), {})
  const inner = activate(activation, linear(scope.at('intermediate', 'dense'), looked, { out: innerWidth }))
  const output = scope.at('output')
  return layerNorm(output.at('LayerNorm'), ops.add(linear(output.at('dense'), inner, { out: width }), looked), {
    epsilon,
  })
}

/** One row of a picture for every row of a text. */
function forEach({ key, value }: LayerMemory, rows: Value): LayerMemory {
  const [many, one] = [rows.shape[0], key.shape[0]]
  if (one !== 1 || many === 1 || many === undefined) return { key, value }
  const [expandedKey, expandedValue] = [key, value].map((x) => ops.expand(x, [many, ...x.shape.slice(1)]))
  return { key: expandedKey ?? key, value: expandedValue ?? value }
}

/** The words' own vectors tell how likely each is: the table is tied, its bias is not. */
function wordLogits(scope: Scope, config: BlipTextConfig, x: Value): Value {
  const { vocabularySize, width, activation, normEps: epsilon } = config
  const head = scope.at('text_decoder', 'cls', 'predictions')
  const hidden = activate(activation, linear(head.at('transform', 'dense'), x, { out: width }))
  const normal = layerNorm(head.at('transform', 'LayerNorm'), hidden, { epsilon })
  const table = scope
    .at('text_decoder', 'bert', 'embeddings', 'word_embeddings')
    .parameter('weight', [vocabularySize, width])
  const bias = head.parameter('bias', [vocabularySize])
  const rows = ops.reshape(normal, [-1, width])
  return ops.reshape(ops.gemm(rows, table, bias, { transB: true }), [...x.shape.slice(0, -1), vocabularySize])
}
