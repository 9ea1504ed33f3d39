import { numberAt } from '@patchbay/onnx/tensor'
import {
  float32,
  Graph,
  int64,
  ops,
  readWeightAsFloat32,
  requireFloat32,
  Scope,
  type AnyTensor,
  type KeysAndValues,
  type Tensor,
} from '@patchbay/onnx'
import type { LlamaGenConfig } from '../../architectures/llamagen/config.ts'
import { codeLogits, embedCodes, embedText, fullLogits, llamaGen } from '../../architectures/llamagen/llamagen.ts'
import type { Decoded, KeyValueCache, TokenDecoder } from '../../decoding/decode-tokens.ts'
import type { PictureTokens } from '../../decoding/picture-tokens.ts'
import type { Sessions } from '../sessions.ts'
import type { OneByOneModel, TokenText } from './token-model.ts'

/** A text for the network: its tokens at the right end of its places, and which of these are there. */
interface PlacedText {
  /** [places, width] */
  readonly text: Float32Array
  /** [places], 1 where there is a token */
  readonly present: Float32Array
}

export interface OneByOneRun {
  readonly items: number
  readonly positive: TokenText
  /** What guidance goes away from; the vectors that the network has learnt for no text where it is missing. */
  readonly negative?: TokenText
  /** Whether rows without the text stand behind those with it, for guidance. */
  readonly isGuided: boolean
}

/** What is kept between two steps: keys and values, and which tokens they are of. */
export interface OneByOneCache {
  readonly tensors: KeyValueCache
  /** [rows, tokens so far] */
  readonly present: Tensor
}

/** A model that gives codes one after another, with its cache; logits are [items, codes], or twice as many rows. */
export function oneByOneDecoder(
  sessions: Sessions,
  model: OneByOneModel,
  run: OneByOneRun,
): TokenDecoder<OneByOneCache> {
  const { config } = model
  const rows = run.items * (run.isGuided ? 2 : 1)
  const decoded = (results: Record<string, AnyTensor>, present: Tensor): Decoded<OneByOneCache> => {
    const { logits, ...tensors } = results
    const kept = Object.entries(tensors).map(
      ([name, tensor]) => [name.replace('present.', 'past.'), requireFloat32(tensor, name)] as const,
    )
    return { logits: requireFloat32(logits, 'The token model'), cache: { tensors: Object.fromEntries(kept), present } }
  }
  return {
    prefill() {
      const feeds = textFeeds(model, run)
      const request = {
        key: `${model.key}|prefill`,
        build: () => ({ graph: prefillGraph(config), weights: model.weights }),
      }
      return sessions.with(request, async (session) => decoded(await session.run(feeds), feeds.present))
    },
    step(tokens, place, { tensors, present }) {
      const ids = Array.from({ length: rows }, (_, row) => numberAt(tokens, row % run.items))
      const feeds = {
        ids: int64([rows, 1], ids),
        places: int64([1], [config.textPlaces + place]),
        present,
        ...tensors,
      }
      const request = { key: `${model.key}|step`, build: () => ({ graph: stepGraph(config), weights: model.weights }) }
      return sessions.with(request, async (session) => decoded(await session.run(feeds), withOneMore(present)))
    },
  }
}

/**
 * What a model says of each code of pictures, given the text and the codes before it: natural logarithms of
 * probabilities, [batch · places].
 */
export async function logLikelihoods(
  sessions: Sessions,
  model: OneByOneModel,
  text: TokenText,
  { data, shape: [batch, rows, columns] }: PictureTokens,
): Promise<Float32Array> {
  const places = rows * columns
  const { text: vectors, present } = textFeeds(model, { items: batch, positive: text, isGuided: false })
  const request = {
    key: `${model.key}|full`,
    build: () => ({ graph: fullGraph(model.config), weights: model.weights }),
  }
  return sessions.with(request, async (session) => {
    const feeds = { text: vectors, present, ids: int64([batch, places], Array.from(data)) }
    return requireFloat32((await session.run(feeds))['likelihoods'], 'The token model').data
  })
}

/** The feeds of a text for every row, those without it behind the others. */
function textFeeds(model: OneByOneModel, { items, positive, negative, isGuided }: OneByOneRun) {
  const { textPlaces, textWidth } = model.config
  const told = placed(positive, textPlaces, textWidth)
  // Without a negative text, what was dropped in training stands in the places of the text, as many as it has.
  const without = negative
    ? placed(negative, textPlaces, textWidth)
    : { text: readWeightAsFloat32(model.weights, 'cls_embedding.uncond_embedding'), present: told.present }
  const sides = isGuided ? [told, without] : [told]
  const each = sides.flatMap((side) => Array.from({ length: items }, () => side))
  const joined = (part: keyof PlacedText, length: number): Float32Array => {
    const all = new Float32Array(each.length * length)
    for (const [row, side] of each.entries()) all.set(side[part], row * length)
    return all
  }
  return {
    text: float32([each.length, textPlaces, textWidth], joined('text', textPlaces * textWidth)),
    present: float32([each.length, textPlaces], joined('present', textPlaces)),
  }
}

function placed({ tokens }: TokenText, places: number, width: number): PlacedText {
  const count = Math.min(places, tokens.length / width)
  const text = new Float32Array(places * width)
  text.set(tokens.subarray(0, count * width), (places - count) * width)
  return { text, present: Float32Array.from({ length: places }, (_, place) => Number(place >= places - count)) }
}

function withOneMore({ shape: [rows = 0, length = 0], data }: Tensor): Tensor {
  const more = new Float32Array(rows * (length + 1)).fill(1)
  for (let row = 0; row < rows; row++) more.set(data.subarray(row * length, (row + 1) * length), row * (length + 1))
  return float32([rows, length + 1], more)
}

function prefillGraph(config: LlamaGenConfig): Graph {
  const graph = new Graph()
  const scope = new Scope(graph)
  const { textPlaces: length } = config
  const embedded = embedText(scope, config, graph.input('text', 'float32', ['rows', length, config.textWidth]))
  const present = graph.input('present', 'float32', ['rows', length])
  const made = llamaGen(scope, config, { embedded, places: ops.range(graph, length), present })
  finish(scope, config, { ...made, states: ops.slice(made.states, 1, length - 1, length) })
  return graph
}

function stepGraph(config: LlamaGenConfig): Graph {
  const graph = new Graph()
  const scope = new Scope(graph)
  const embedded = embedCodes(scope, config, graph.input('ids', 'int64', ['rows', 1]))
  const before = graph.input('present', 'float32', ['rows', 'before'])
  const present = ops.concat([before, ops.full(graph, 'float32', ['rows', 1], 1)], 1)
  const width = (config.width / config.heads) * config.keyHeads
  const past = Array.from({ length: config.layers }, (_, layer) => ({
    key: graph.input(`past.key.${layer}`, 'float32', ['rows', 'before', width]),
    value: graph.input(`past.value.${layer}`, 'float32', ['rows', 'before', width]),
  }))
  finish(
    scope,
    config,
    llamaGen(scope, config, { embedded, places: graph.input('places', 'int64', [1]), present, past }),
  )
  return graph
}

/** Logits of the one state, and the keys and values under the names that the step takes them by. */
function finish(scope: Scope, config: LlamaGenConfig, made: ReturnType<typeof llamaGen>): void {
  const { graph } = scope
  graph.output('logits', ops.squeeze(codeLogits(scope, config, made.states), [1]))
  for (const [layer, { key, value }] of made.present.entries()) keep(graph, layer, { key, value })
}

function keep(graph: Graph, layer: number, { key, value }: KeysAndValues): void {
  graph.output(`present.key.${layer}`, key)
  graph.output(`present.value.${layer}`, value)
}

function fullGraph(config: LlamaGenConfig): Graph {
  const graph = new Graph()
  const scope = new Scope(graph)
  const places = config.side ** 2
  const ids = graph.input('ids', 'int64', ['rows', places])
  const logits = fullLogits(scope, config, {
    text: graph.input('text', 'float32', ['rows', config.textPlaces, config.textWidth]),
    present: graph.input('present', 'float32', ['rows', config.textPlaces]),
    ids,
  })
  const chosen = ops.gatherElements(ops.logSoftmax(logits), ops.unsqueeze(ids, [-1]), -1)
  graph.output('likelihoods', ops.reshape(chosen, [-1]))
  return graph
}
