import {
  cachedAttention,
  embedding,
  float32,
  gatedMlp,
  linear,
  ops,
  rmsNorm,
  staticDimOf,
  type KeysAndValues,
  type RotaryTable,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import type { LlamaGenConfig } from './config.ts'

/** What the layers read, whether it is the text alone, one token, or all at once. */
export interface LlamaGenTokens {
  /** [n, s, width] */
  readonly embedded: Value
  /** Where each stands, int64 [s]: the text from 0, the picture behind it. */
  readonly places: Value
  /** Which tokens there are, those of `past` and these, float [n, t + s]: 0 is padding of the text. */
  readonly present: Value
  /** Keys and values of the tokens before, a pair a layer; none in a prefill. */
  readonly past?: readonly KeysAndValues[]
}

/** A text, [n, textPlaces, textWidth] with its padding on the left, as tokens. */
export function embedText(scope: Scope, config: LlamaGenConfig, text: Value): Value {
  const at = scope.at('cls_embedding', 'cap_proj')
  const hidden = ops.gelu(linear(at.at('fc1'), text, { out: config.width, bias: false }), 'tanh')
  return linear(at.at('fc2'), hidden, { out: config.width, bias: false })
}

/** Codes of the picture, int64 [n, k], as tokens. */
export function embedCodes(scope: Scope, { codes, width }: LlamaGenConfig, ids: Value): Value {
  return embedding(scope.at('tok_embeddings'), ids, { count: codes, width })
}

/**
 * LlamaGen's transformer (Sun et al. 2024): a decoder of the Llama kind over a text and the codes of a picture,
 * row by row. Gives the states of the tokens that come in, and keys and values of all, a pair a layer.
 */
export function llamaGen(
  scope: Scope,
  config: LlamaGenConfig,
  { embedded, places, present, past }: LlamaGenTokens,
): { readonly states: Value; readonly present: readonly KeysAndValues[] } {
  const { heads, keyHeads, epsilon } = config
  const rotary = rotaryOf(scope, config, places)
  const bias = seenBias(embedded, present)
  const head = config.width / heads
  const kept: KeysAndValues[] = []
  let x = embedded
  for (let layer = 0; layer < config.layers; layer++) {
    const at = scope.at('layers', layer)
    const joined = linear(at.at('attention', 'wqkv'), rmsNorm(at.at('attention_norm'), x, { epsilon }), {
      out: (heads + 2 * keyHeads) * head,
      bias: false,
    })
    const [query = x, key = x, value = x] = ops.split(joined, [heads * head, keyHeads * head, keyHeads * head], 2)
    const before = past?.[layer]
    const own = cachedAttention(
      at.at('attention'),
      { query, key, value },
      { heads, keyHeads, rotary, bias, past: before },
    )
    kept.push(own.present)
    x = ops.add(x, linear(at.at('attention', 'wo'), own.mixed, { out: config.width, bias: false }))
    const hidden = rmsNorm(at.at('ffn_norm'), x, { epsilon })
    const names = ['w1', 'w3', 'w2'] as const
    x = ops.add(x, gatedMlp(at.at('feed_forward'), hidden, { inner: config.innerWidth, names }))
  }
  return { states: rmsNorm(scope.at('norm'), x, { epsilon }), present: kept }
}

/** Logits of the next code after each state, [n, s, codes]. */
export function codeLogits(scope: Scope, { codes }: LlamaGenConfig, states: Value): Value {
  return linear(scope.at('output'), states, { out: codes, bias: false })
}

/**
 * Logits of every code of whole pictures at once, [n, k, codes], each given the text and the codes before it: what
 * training differentiates, and what a likelihood needs.
 * @param inputs text [n, textPlaces, textWidth], present [n, textPlaces], ids int64 [n, k]
 */
export function fullLogits(
  scope: Scope,
  config: LlamaGenConfig,
  { text, present, ids }: { readonly text: Value; readonly present: Value; readonly ids: Value },
): Value {
  const { graph } = scope
  const before = ops.slice(ids, 1, 0, staticDimOf(ids, 1) - 1)
  const embedded = ops.concat([embedText(scope, config, text), embedCodes(scope, config, before)], 1)
  const there = ops.full(graph, 'float32', [ids.shape[0] ?? 0, staticDimOf(before, 1)], 1)
  const places = ops.range(graph, staticDimOf(embedded, 1))
  const { states } = llamaGen(scope, config, { embedded, places, present: ops.concat([present, there], 1) })
  return codeLogits(scope, config, ops.slice(states, 1, config.textPlaces - 1))
}

/**
 * Half of the pairs of a head turn by the row, half by the column. Those of the text are multiplied by 0, as LlamaGen
 * does it: queries and keys of the text are nothing, and every text token counts the same.
 */
function rotaryOf({ graph }: Scope, config: LlamaGenConfig, places: Value): RotaryTable {
  const { side, textPlaces, theta } = config
  const pairs = config.width / config.heads / 2
  const count = textPlaces + side * side
  const table = (turn: (angle: number) => number): Value => {
    const values = new Float32Array(count * pairs)
    for (let place = 0; place < side * side; place++) {
      for (let pair = 0; pair < pairs; pair++) {
        const along = pair < pairs / 2 ? Math.floor(place / side) : place % side
        const angle = along * theta ** ((-2 * (pair % (pairs / 2))) / pairs)
        values[(textPlaces + place) * pairs + pair] = turn(angle)
      }
    }
    return ops.gather(graph.constant(float32([count, pairs], values)), places)
  }
  return { cos: table(Math.cos), sin: table(Math.sin), pairing: 'interleaved' }
}

/**
 * What is added to the scores, [n, 1, s, t + s]: a token sees those before it that there are, and itself, so that
 * even padding has something to see.
 */
function seenBias(embedded: Value, present: Value): Value {
  const { graph } = embedded
  const [length = 0, all = 0] = [embedded.shape[1], present.shape[1]]
  const columns = ops.range(graph, all)
  // The tokens that come in are the last of all.
  const before = ops.sub(graph.dimValue(all), graph.dimValue(length))
  const rows = ops.unsqueeze(ops.add(ops.range(graph, length), before), [1])
  const isBefore = ops.greater(rows, ops.unsqueeze(columns, [0]))
  const isThere = ops.unsqueeze(ops.greater(present, 0.5), [1])
  const isSelf = ops.equal(rows, ops.unsqueeze(columns, [0]))
  const isSeen = ops.or(ops.and(isBefore, isThere), isSelf)
  return ops.unsqueeze(ops.where(isSeen, graph.scalar('float32', 0), graph.scalar('float32', -1e30)), [1])
}
