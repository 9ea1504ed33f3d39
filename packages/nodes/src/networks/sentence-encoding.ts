import { float32, Graph, int64, ops, requireFloat32, type Feeds, type Tensor, type Value } from '@patchbay/onnx'
import {
  paddingId,
  universalSentenceEncoder,
  universalSentenceEncoderSizes,
} from '../architectures/universal-sentence-encoder/universal-sentence-encoder.ts'
import type { UnigramTokenizer } from '../tokenizer/unigram.ts'
import { keyAt } from '../architectures/kinds/precision.ts'
import type { SentenceTextEncoder } from '../architectures/text-encoder-part.ts'
import type { Sessions } from './sessions.ts'

export interface SentenceEncoding {
  /** [texts, maxTokens, 512], zero past the end of each text. */
  readonly embeddings: Tensor
  /** [texts, 512], of length 1; zero for an empty text. */
  readonly pooled: Tensor
}

/** Vectors of textual inversions by name, 256 values each. */
export type LearntVectors = ReadonlyMap<string, readonly Float32Array[]>

/**
 * Encodes texts with the Universal Sentence Encoder for a denoiser that was trained on it. A text without words is
 * all zeros: what the denoiser saw where its caption was dropped, and so the negative of classifier-free guidance.
 */
export async function encodeSentences(
  sessions: Sessions,
  { weights, maxTokens, lowerCase, precision = 'exact' }: SentenceTextEncoder,
  tokenizer: UnigramTokenizer,
  texts: readonly string[],
  vectors: LearntVectors = new Map(),
): Promise<SentenceEncoding> {
  const { width } = universalSentenceEncoderSizes
  const encode = (text: string): readonly number[] => tokenizer.encode(lowerCase ? text.toLowerCase() : text)
  const tokenized = texts.map((text) => tokensOf(text, encode, vectors).slice(0, maxTokens))
  const isLearnt = tokenized.some((tokens) => tokens.some((token) => typeof token !== 'number'))
  const request = {
    key: keyAt(`${weights.title}|sentence-encoder${isLearnt ? '|learnt' : ''}`, precision),
    build: () => ({ graph: sentenceGraph(isLearnt), weights, precision }),
  }
  const { tokens, pooled } = await sessions.with(request, (session) =>
    session.run({ ids: idsOf(tokenized, maxTokens), ...(isLearnt && learntFeeds(tokenized, maxTokens)) }),
  )
  const means = requireFloat32(pooled, 'The sentence encoder')
  const sentences = means.data.slice()
  for (const [index, { length }] of tokenized.entries()) {
    if (length === 0) sentences.fill(0, index * width, (index + 1) * width)
  }
  return { embeddings: requireFloat32(tokens, 'The sentence encoder'), pooled: float32(means.shape, sentences) }
}

/** A token of the vocabulary, or an embedding of 256 values that was learnt. */
type SentenceToken = number | Float32Array

/**
 * A text with the vectors of textual inversions where it names them, `embedding:name`. Names that are not known say
 * nothing.
 */
function tokensOf(
  text: string,
  encode: (text: string) => readonly number[],
  vectors: LearntVectors,
): readonly SentenceToken[] {
  return text.split(/(?<![\p{L}\p{N}])embedding:([^\s,:()[\]]+)/u).flatMap((piece, i): readonly SentenceToken[] => {
    if (i % 2 === 1) return vectors.get(piece) ?? []
    return piece.trim() === '' ? [] : encode(piece)
  })
}

function idsOf(texts: readonly (readonly SentenceToken[])[], length: number): ReturnType<typeof int64> {
  const idOf = (token: SentenceToken | undefined): number =>
    token === undefined ? paddingId : typeof token === 'number' ? token : 0
  return int64(
    [texts.length, length],
    texts.flatMap((tokens) => Array.from({ length }, (_, place) => idOf(tokens[place]))),
  )
}

function learntFeeds(texts: readonly (readonly SentenceToken[])[], length: number): Feeds {
  const { embedding } = universalSentenceEncoderSizes
  const learnt = new Float32Array(texts.length * length * embedding)
  const isLearnt = new Uint8Array(texts.length * length)
  for (const [index, tokens] of texts.entries()) {
    for (const [place, token] of tokens.entries()) {
      if (typeof token === 'number') continue
      learnt.set(token, (index * length + place) * embedding)
      isLearnt[index * length + place] = 1
    }
  }
  return {
    learnt: float32([texts.length, length, embedding], learnt),
    isLearnt: { dtype: 'bool', shape: [texts.length, length, 1], data: isLearnt },
  }
}

function sentenceGraph(withLearnt: boolean): Graph {
  const graph = new Graph()
  const ids = graph.input('ids', 'int64', ['batch', 'length'])
  const changed = (embedded: Value): Value => {
    if (!withLearnt) return embedded
    const learnt = graph.input('learnt', 'float32', ['batch', 'length', universalSentenceEncoderSizes.embedding])
    return ops.where(graph.input('isLearnt', 'bool', ['batch', 'length', 1]), learnt, embedded)
  }
  const { tokens, pooled } = universalSentenceEncoder(ids, changed)
  graph.output('tokens', tokens)
  graph.output('pooled', pooled)
  return graph
}
