import { numberAt } from '@patchbay/onnx/tensor'
import {
  float32,
  int64,
  mergeWeights,
  ops,
  readWeightAsFloat32,
  renameWeights,
  Scope,
  type Feeds,
  type Graph,
  type Value,
  type WeightSource,
} from '@patchbay/onnx'
import { clipText, embedTokens, finalNorm, pooledText } from '../../architectures/clip-text/clip-text.ts'
import {
  paddingId,
  universalSentenceEncoder,
  universalSentenceEncoderSizes,
} from '../../architectures/universal-sentence-encoder/universal-sentence-encoder.ts'
import type { ClipTextEncoder, SentenceTextEncoder } from '../../architectures/text-encoder-part.ts'
import type { TextEncoderModel } from '../../values/text-encoder.ts'
import type { Tokenizers } from '../../host/services.ts'
import type { TextInLoss } from '../losses/denoising-loss.ts'

/** What is learnt for a text encoder: vectors in the place of a word. */
export interface LearntPart {
  /** Its parameter in the loss: [vectors, width]. */
  readonly parameter: string
  /** Its name in the file that embeddings are shared in. */
  readonly shared: string
  /** Of one vector. */
  readonly width: number
  /** The embeddings of a word, to begin with: [tokens, width]. */
  embeddingsOf(word: string): Float32Array
}

/** Text encoders inside a loss, with vectors in place of a word that are learnt (Gal et al. 2022, section 3.1). */
export interface LearntText {
  /** One for each encoder: SDXL's two each have their own. */
  readonly parts: readonly LearntPart[]
  readonly weights: WeightSource
  /** The encoders in the graph of a loss. */
  build(graph: Graph): TextInLoss
  feedsOf(captions: readonly string[]): Feeds
}

export interface LearntWord {
  /** Stands for the vectors wherever a caption has it; a caption without it begins with them. */
  readonly word: string
  readonly vectors: number
  readonly batch: number
}

/** Whether a parameter of the loss is one of those that are learnt. */
export const isLearnt = (parameter: string): boolean => /^learnt(\.|$)/.test(parameter)

/** The sentence encoder, one CLIP, or the two of SDXL. */
export async function learntText(
  model: TextEncoderModel,
  tokenizers: Tokenizers,
  learnt: LearntWord,
): Promise<LearntText> {
  const [first] = model.encoders
  if (first?.kind === 'sentence-encoder') {
    const { encode } = tokenizers.sentence()
    return sentenceLearnt(first, (text) => encode(first.lowerCase ? text.toLowerCase() : text), learnt)
  }
  const encoders = model.encoders.filter((encoder) => encoder.kind === 'clip')
  return clipLearnt(encoders, await tokenizers.clip(), learnt)
}

function sentenceLearnt(
  { weights, maxTokens }: SentenceTextEncoder,
  encode: (text: string) => readonly number[],
  learnt: LearntWord,
): LearntText {
  const { embedding: width } = universalSentenceEncoderSizes
  const embeddingsOf = (word: string) => rowsOf(readWeightAsFloat32(weights, 'embedding.weight'), encode(word), width)
  return {
    parts: [{ parameter: 'learnt', shared: 'emb_params', width, embeddingsOf }],
    weights,
    build(graph) {
      const ids = graph.input('ids', 'int64', [learnt.batch, maxTokens])
      const places = placesIn(graph, learnt, maxTokens)
      const { tokens, pooled } = universalSentenceEncoder(ids, (embedded) =>
        withLearnt(embedded, places, graph.parameter('learnt', 'float32', [learnt.vectors, width])),
      )
      return { text: tokens, pooled }
    },
    feedsOf(captions) {
      const texts = captions.map((caption) => tokensOf(caption, learnt, encode).slice(0, maxTokens))
      return { ids: idsOf(texts, maxTokens, paddingId), places: placesOf(texts, maxTokens, learnt) }
    },
  }
}

function clipLearnt(
  encoders: readonly ClipTextEncoder[],
  tokenizer: Awaited<ReturnType<Tokenizers['clip']>>,
  learnt: LearntWord,
): LearntText {
  const isOnly = encoders.length === 1
  const maxTokens = Math.max(...encoders.map(({ config }) => config.maxTokens))
  const encode = (text: string): readonly number[] => tokenizer.encode(text)
  // Two encoders have weights of the same names.
  const prefixOf = (index: number): readonly string[] => (isOnly ? [] : [`text_encoder_${index + 1}`])
  const nameOf = (name: string, index: number): string => (index === 0 ? name : `${name}.${index}`)
  const parts = encoders.map(({ config, weights }, index): LearntPart => {
    const shared = index === 0 ? 'clip_l' : 'clip_g'
    return {
      parameter: isOnly ? 'learnt' : `learnt.${shared}`,
      shared: isOnly ? 'emb_params' : shared,
      width: config.hiddenSize,
      embeddingsOf: (word) =>
        rowsOf(
          readWeightAsFloat32(weights, 'text_model.embeddings.token_embedding.weight'),
          encode(word),
          config.hiddenSize,
        ),
    }
  })
  return {
    parts,
    weights: mergeWeights(
      encoders.map(({ weights }, index) => renameWeights(weights, (name) => [...prefixOf(index), name].join('.'))),
    ),
    build(graph) {
      const places = placesIn(graph, learnt, maxTokens)
      const told = encoders.map((encoder, index) => {
        const { config, layerFromEnd, finalNorm: normed } = encoder
        const scope = new Scope(graph, { attention: 'plain' }).at(...prefixOf(index))
        const ids = graph.input(nameOf('ids', index), 'int64', [learnt.batch, maxTokens])
        const { parameter = '' } = parts[index] ?? {}
        const vectors = graph.parameter(parameter, 'float32', [learnt.vectors, config.hiddenSize])
        const embeddings = withLearnt(embedTokens(scope, config, ids), places, vectors)
        const { hiddenStates, lastHiddenState } = clipText(scope, config, { embeddings })
        const state = hiddenStates.at(-layerFromEnd) ?? lastHiddenState
        const ends = () => graph.input(nameOf('ends', index), 'int64', [learnt.batch, 2])
        return {
          text: !normed ? state : layerFromEnd === 1 ? lastHiddenState : finalNorm(scope, config, state),
          ...(encoder.pooled && { pooled: pooledText(scope, config, lastHiddenState, ends()) }),
        }
      })
      const pooled = told.flatMap((one) => one.pooled ?? [])
      return {
        text: joined(
          told.map(({ text }) => text),
          2,
        ),
        ...(pooled.length > 0 && { pooled: joined(pooled, 1) }),
      }
    },
    feedsOf(captions) {
      const texts = captions.map((caption) => {
        const words = tokensOf(caption, learnt, encode).slice(0, maxTokens - 2)
        return [tokenizer.start, ...words, tokenizer.end]
      })
      const own = encoders.map((encoder, index): Feeds => {
        const ends = texts.flatMap((text, row) => [row, text.length - 1])
        return {
          [nameOf('ids', index)]: idsOf(texts, maxTokens, encoder.padToken),
          ...(encoder.pooled && { [nameOf('ends', index)]: int64([texts.length, 2], ends) }),
        }
      })
      return own.reduce((all, one) => ({ ...all, ...one }), { places: placesOf(texts, maxTokens, learnt) })
    },
  }
}

const joined = (values: readonly Value[], axis: number): Value => {
  const [only] = values
  return only && values.length === 1 ? only : ops.concat([...values], axis)
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

/** Where learnt vectors stand in a batch: [batch, tokens, vectors], 0 or 1. */
const placesIn = (graph: Graph, { batch, vectors }: LearntWord, tokens: number): Value =>
  graph.input('places', 'float32', [batch, tokens, vectors])

/** Embeddings [batch, tokens, width] with vectors [vectors, width] where `places` has a 1. */
function withLearnt(embedded: Value, places: Value, vectors: Value): Value {
  const isLearntThere = ops.reduceSum(places, { axes: [2] })
  return ops.add(ops.mul(embedded, ops.sub(1, isLearntThere)), ops.matMul(places, vectors))
}

/** Token ids [texts, length], filled up; 0 where a learnt vector stands. */
function idsOf(texts: readonly (readonly Token[])[], length: number, padding: number): Feeds[string] {
  const ids = texts.flatMap((text) =>
    Array.from({ length }, (_, i) => {
      const token = text[i] ?? padding
      return typeof token === 'number' ? token : 0
    }),
  )
  return int64([texts.length, length], ids)
}

function placesOf(texts: readonly (readonly Token[])[], length: number, { vectors }: LearntWord): Feeds[string] {
  const places = new Float32Array(texts.length * length * vectors)
  for (const [row, text] of texts.entries()) {
    for (const [i, token] of text.entries()) {
      if (typeof token !== 'number') places[(row * length + i) * vectors + token.vector] = 1
    }
  }
  return float32([texts.length, length, vectors], places)
}

function rowsOf(table: Float32Array, ids: readonly number[], width: number): Float32Array {
  return Float32Array.from({ length: ids.length * width }, (_, i) => {
    return numberAt(table, numberAt(ids, Math.floor(i / width)) * width + (i % width))
  })
}
