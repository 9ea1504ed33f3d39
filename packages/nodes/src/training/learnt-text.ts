import {
  float32,
  int64,
  ops,
  readWeightAsFloat32,
  Scope,
  type Feeds,
  type Graph,
  type Value,
  type WeightSource,
} from '@patchbay/onnx'
import { clipText, embedTokens, finalNorm } from '../architectures/clip-text.ts'
import {
  paddingId,
  universalSentenceEncoder,
  universalSentenceEncoderSizes,
} from '../architectures/universal-sentence-encoder.ts'
import type { ClipTextEncoder, SentenceTextEncoder } from '../models/checkpoint.ts'
import type { TextEncoderModel } from '../sampling/text-encoder.ts'
import type { Tokenizers } from '../services.ts'
import type { TextInLoss } from './denoising-loss.ts'

/** The parameter that is learnt: [vectors, width]. */
export const learntVectors = 'learnt'

/** A text encoder inside a loss, with vectors in place of a word that are learnt (Gal et al. 2022, section 3.1). */
export interface LearntText {
  /** Of one vector. */
  readonly width: number
  readonly weights: WeightSource
  /** The encoder in the graph of a loss. */
  build(graph: Graph): TextInLoss
  feedsOf(captions: readonly string[]): Feeds
  /** The embeddings of a word, to begin with: [tokens, width]. */
  embeddingsOf(word: string): Float32Array
}

export interface LearntWord {
  /** Stands for the vectors wherever a caption has it; a caption without it begins with them. */
  readonly word: string
  readonly vectors: number
  readonly batch: number
}

/** @throws TypeError for text encoders of more than one part */
export async function learntText(
  model: TextEncoderModel,
  tokenizers: Tokenizers,
  learnt: LearntWord,
): Promise<LearntText> {
  const [encoder, second] = model.encoders
  if (!encoder || second) {
    throw new TypeError(
      `A textual inversion is learnt for one text encoder, but this ${model.family} model has ${model.encoders.length}: train a LoRA instead.`,
    )
  }
  if (encoder.kind === 'clip') return clipLearnt(encoder, await tokenizers.clip(), learnt)
  const { encode } = tokenizers.sentence()
  return sentenceLearnt(encoder, (text) => encode(encoder.lowerCase ? text.toLowerCase() : text), learnt)
}

function sentenceLearnt(
  { weights, maxTokens }: SentenceTextEncoder,
  encode: (text: string) => readonly number[],
  learnt: LearntWord,
): LearntText {
  const { embedding: width } = universalSentenceEncoderSizes
  return {
    width,
    weights,
    build(graph) {
      const ids = graph.input('ids', 'int64', [learnt.batch, maxTokens])
      const { tokens, pooled } = universalSentenceEncoder(ids, (embedded) => withLearnt(embedded, learnt, width))
      return { text: tokens, pooled }
    },
    feedsOf: (captions) =>
      feedsOf(
        captions.map((caption) => filled(tokensOf(caption, learnt, encode).slice(0, maxTokens), maxTokens, paddingId)),
        learnt,
      ),
    embeddingsOf: (word) => rowsOf(readWeightAsFloat32(weights, 'embedding.weight'), encode(word), width),
  }
}

function clipLearnt(
  { config, weights, layerFromEnd, finalNorm: normed, padToken }: ClipTextEncoder,
  tokenizer: Awaited<ReturnType<Tokenizers['clip']>>,
  learnt: LearntWord,
): LearntText {
  const { hiddenSize: width, maxTokens } = config
  const encode = (text: string): readonly number[] => tokenizer.encode(text)
  return {
    width,
    weights,
    build(graph) {
      const scope = new Scope(graph, { attention: 'plain' })
      const table = embedTokens(scope, config, graph.input('ids', 'int64', [learnt.batch, maxTokens]))
      const embeddings = withLearnt(table, learnt, width)
      const { hiddenStates, lastHiddenState } = clipText(scope, config, { embeddings })
      const state = hiddenStates.at(-layerFromEnd) ?? lastHiddenState
      if (!normed) return { text: state }
      return { text: layerFromEnd === 1 ? lastHiddenState : finalNorm(scope, config, state) }
    },
    feedsOf: (captions) =>
      feedsOf(
        captions.map((caption) => {
          const words = tokensOf(caption, learnt, encode).slice(0, maxTokens - 2)
          return filled([tokenizer.start, ...words, tokenizer.end], maxTokens, padToken)
        }),
        learnt,
      ),
    embeddingsOf: (word) =>
      rowsOf(readWeightAsFloat32(weights, 'text_model.embeddings.token_embedding.weight'), encode(word), width),
  }
}

/** A token of the vocabulary, or the place of a learnt vector. */
type Token = number | { readonly vector: number }

function tokensOf(
  caption: string,
  { word, vectors }: LearntWord,
  encode: (text: string) => readonly number[],
): Token[] {
  const marks = Array.from({ length: vectors }, (_, vector) => ({ vector }))
  if (caption === '') return []
  const pieces = caption.split(wordPattern(word))
  const all = pieces.length === 1 ? ['', ...pieces] : pieces
  return all.flatMap((piece, i) => [...(i === 0 ? [] : marks), ...(piece.trim() === '' ? [] : encode(piece.trim()))])
}

/** The word by itself, in capitals or not. */
export const wordPattern = (word: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'giu')

const filled = (tokens: readonly Token[], length: number, padding: number): Token[] =>
  Array.from({ length }, (_, i) => tokens[i] ?? padding)

/** Embeddings [batch, tokens, width] with learnt ones where `places` [batch, tokens, vectors] has a 1. */
function withLearnt(embedded: Value, { batch, vectors }: LearntWord, width: number): Value {
  const { graph } = embedded
  const tokens = Number(embedded.shape[1])
  const places = graph.input('places', 'float32', [batch, tokens, vectors])
  const isLearnt = ops.reduceSum(places, { axes: [2] })
  const learnt = ops.matMul(places, graph.parameter(learntVectors, 'float32', [vectors, width]))
  return ops.add(ops.mul(embedded, ops.sub(1, isLearnt)), learnt)
}

function feedsOf(texts: readonly (readonly Token[])[], { vectors }: LearntWord): Feeds {
  const [batch, length] = [texts.length, texts[0]?.length ?? 0]
  const all = texts.flat()
  const places = new Float32Array(all.length * vectors)
  for (const [i, token] of all.entries()) if (typeof token !== 'number') places[i * vectors + token.vector] = 1
  return {
    ids: int64(
      [batch, length],
      all.map((token) => (typeof token === 'number' ? token : 0)),
    ),
    places: float32([batch, length, vectors], places),
  }
}

function rowsOf(table: Float32Array, ids: readonly number[], width: number): Float32Array {
  return Float32Array.from({ length: ids.length * width }, (_, i) => {
    return table[(ids[Math.floor(i / width)] ?? 0) * width + (i % width)] ?? 0
  })
}
