import {
  float32,
  Graph,
  int64,
  ops,
  requireFloat32,
  Scope,
  type Tensor,
  type AnyTensor,
  type Value,
} from '@patchbay/onnx'
import { clipText, embedTokens, finalNorm, pooledText } from '../architectures/clip-text/clip-text.ts'
import { precisionOf } from '../architectures/kinds/precision.ts'
import { concatBatch } from '../tensor/index.ts'
import type { ClipTextEncoder } from '../architectures/text-encoder-part.ts'
import { exportedModel, refusalOf, runExported } from './exported-graph.ts'
import type { AppliedUpdate } from '../weights/lora/lora-binding.ts'
import type { Sessions } from './sessions.ts'

/** A text encoder as chosen in a graph: nothing is loaded until it is run. */
export interface ClipTextModel {
  readonly key: string
  readonly encoder: ClipTextEncoder
  readonly updates: readonly AppliedUpdate[]
  /** Layers left off the end; replaces the encoder's own choice. 1 is the last layer, 2 the one before. */
  readonly layerFromEnd?: number
}

/** One place in a text: a token of the vocabulary, or an embedding that was learnt (textual inversion). */
export type ClipToken = number | Float32Array

export interface ClipEncoding {
  /** [texts, tokens, hidden] */
  readonly embeddings: Tensor
  /** [texts, projection], where the encoder has a projection. */
  readonly pooled?: Tensor
}

/** Encodes texts of equal length, start and end tokens included (77 for all published encoders). */
export async function encodeClipText(
  sessions: Sessions,
  model: ClipTextModel,
  texts: readonly (readonly ClipToken[])[],
): Promise<ClipEncoding> {
  const { encoder } = model
  const { config } = encoder
  const layerFromEnd = model.layerFromEnd ?? encoder.layerFromEnd
  if (layerFromEnd > config.layers) {
    throw new RangeError(
      `The text encoder has ${config.layers} layers: its output cannot be taken ${layerFromEnd} from the end`,
    )
  }
  const { exported } = encoder
  if (exported?.network !== undefined) return encodeExported(sessions, model, exported.network, layerFromEnd, texts)
  const learnt = texts.some((text) => text.some((token) => typeof token !== 'number'))
  const request = {
    key: `${model.key}|text|${layerFromEnd}|${learnt ? 'learnt' : 'tokens'}`,
    build: () => ({
      graph: textGraph(encoder, layerFromEnd, learnt),
      weights: encoder.weights,
      updates: model.updates,
      ...precisionOf(encoder),
    }),
  }
  return sessions.with(request, async (session) => {
    const { embeddings, pooled } = await session.run(feedsOf(encoder, texts, learnt))
    const projected = givesPooled(encoder) ? requireFloat32(pooled, 'The text encoder') : undefined
    return { embeddings: requireFloat32(embeddings, 'The text encoder'), ...(projected && { pooled: projected }) }
  })
}

/** The same by a graph that was exported, one text after another: many of them are made for one. */
async function encodeExported(
  sessions: Sessions,
  { key, encoder: { config, finalNorm } }: ClipTextModel,
  file: string,
  layerFromEnd: number,
  texts: readonly (readonly ClipToken[])[],
): Promise<ClipEncoding> {
  const isLast = layerFromEnd === 1 && finalNorm
  if (!isLast && finalNorm) throw refusalOf(file, 'leave out its last layers (clip skip)')
  const hidden = config.layers - layerFromEnd + 1
  return sessions.with({ key: `${key}|text`, build: () => exportedModel(file) }, async (session) => {
    const encoded: { readonly embeddings: Tensor; readonly pooled?: Tensor }[] = []
    for (const text of texts) {
      const ids = text.map((token) => {
        if (typeof token === 'number') return token
        throw refusalOf(file, 'take textual inversions')
      })
      const results = await runExported(session, file, { input_ids: int64([1, ids.length], ids) })
      const embeddings = isLast ? results('last_hidden_state') : results(`hidden_states.${hidden}`)
      encoded.push({ embeddings, ...(config.projectionSize !== undefined && { pooled: results('text_embeds') }) })
    }
    const pooled = encoded.flatMap((one) => one.pooled ?? [])
    return {
      embeddings: concatBatch(encoded.map((one) => one.embeddings)),
      ...(pooled.length > 0 && { pooled: concatBatch(pooled) }),
    }
  })
}

/** Whether a pooled text is made: where the file has its projection, or its family takes it without. */
const givesPooled = ({ config, pooled }: ClipTextEncoder): boolean => pooled || config.projectionSize !== undefined

function textGraph(encoder: ClipTextEncoder, layerFromEnd: number, learnt: boolean): Graph {
  const { config, finalNorm: normed } = encoder
  const graph = new Graph()
  const scope = new Scope(graph)
  const tokens = graph.input('tokens', 'int64', ['texts', config.maxTokens])
  const input = learnt ? { embeddings: withLearnt(scope, config, tokens) } : { tokens }
  const { hiddenStates, lastHiddenState } = clipText(scope, config, input)
  const state = hiddenStates.at(-layerFromEnd) ?? lastHiddenState
  graph.output('embeddings', !normed ? state : layerFromEnd === 1 ? lastHiddenState : finalNorm(scope, config, state))
  if (givesPooled(encoder)) {
    graph.output('pooled', pooledText(scope, config, lastHiddenState, graph.input('ends', 'int64', ['texts', 2])))
  }
  return graph
}

/** Token embeddings with learnt ones in the places where `isLearnt` is 1. */
function withLearnt(scope: Scope, config: ClipTextEncoder['config'], tokens: Value): Value {
  const { graph } = scope
  const learnt = graph.input('learnt', 'float32', ['texts', config.maxTokens, config.hiddenSize])
  const isLearnt = graph.input('isLearnt', 'bool', ['texts', config.maxTokens, 1])
  return ops.where(isLearnt, learnt, embedTokens(scope, config, tokens))
}

function feedsOf(
  encoder: ClipTextEncoder,
  texts: readonly (readonly ClipToken[])[],
  learnt: boolean,
): Record<string, AnyTensor> {
  const { maxTokens, hiddenSize, endToken } = encoder.config
  const wrong = texts.find((text) => text.length !== maxTokens)
  if (wrong)
    throw new RangeError(`This text encoder takes ${maxTokens} tokens, start and end included, but got ${wrong.length}`)
  const all = texts.flat()
  const ids = all.map((token) => (typeof token === 'number' ? token : 0))
  const ends = texts.flatMap((text, index) => [index, Math.max(0, text.indexOf(endToken))])
  return {
    tokens: int64([texts.length, maxTokens], ids),
    ...(givesPooled(encoder) && { ends: int64([texts.length, 2], ends) }),
    ...(learnt && learntFeeds(all, texts.length, maxTokens, hiddenSize)),
  }
}

function learntFeeds(
  tokens: readonly ClipToken[],
  texts: number,
  maxTokens: number,
  width: number,
): Record<string, AnyTensor> {
  const values = new Float32Array(tokens.length * width)
  const isLearnt = new Uint8Array(tokens.length)
  for (const [place, token] of tokens.entries()) {
    if (typeof token === 'number') continue
    if (token.length !== width) {
      throw new RangeError(
        `A learnt embedding has ${token.length} values, but this text encoder's have ${width}: it was trained for another model`,
      )
    }
    values.set(token, place * width)
    isLearnt[place] = 1
  }
  return {
    learnt: float32([texts, maxTokens, width], values),
    isLearnt: { dtype: 'bool', shape: [texts, maxTokens, 1], data: isLearnt },
  }
}
